-- name: set-template
-- 1 project, 2 name, 3 body (JSON), 4 owner, 5 now
insert into labkeep.templates (project_id, name, body, owner, updated_at)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
on conflict (project_id, name) do update set body = excluded.body, updated_at = excluded.updated_at;

-- name: delete-template
-- 1 project, 2 name
delete from labkeep.templates using unnest($1::bigint[], $2::text[]) as given (project_id, name)
where templates.project_id = given.project_id and templates.name = given.name;

-- name: find-template
-- 1 project, 2 name
select name, body, owner, updated_at from labkeep.templates where project_id = $1 and name = $2;

-- name: list-templates
-- 1 project, 2 after (name), 3 limit
select name, body, owner, updated_at from labkeep.templates where project_id = $1 and name > $2
order by name limit $3;

-- name: find-notes
-- 1 project
select notes from labkeep.projects where id = $1;

-- name: set-notes
-- 1 project, 2 notes
update labkeep.projects set notes = given.notes
from unnest($1::bigint[], $2::text[]) as given (id, notes)
where projects.id = given.id;
