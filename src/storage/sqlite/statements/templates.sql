-- name: set-template
-- 1 project, 2 name, 3 body (JSON), 4 owner, 5 now
insert into templates (project_id, name, body, owner, updated_at) values (?1, ?2, ?3, ?4, ?5)
on conflict (project_id, name) do update set body = excluded.body, updated_at = excluded.updated_at;

-- name: delete-template
-- 1 project, 2 name
delete from templates where project_id = ?1 and name = ?2;

-- name: find-template
-- 1 project, 2 name
select name, body, owner, updated_at from templates where project_id = ?1 and name = ?2;

-- name: list-templates
-- 1 project, 2 after (name), 3 limit
select name, body, owner, updated_at from templates where project_id = ?1 and name > ?2
order by name limit (select ?3);

-- name: find-notes
-- 1 project
select notes from projects where id = ?1;

-- name: set-notes
-- 1 project, 2 notes
update projects set notes = ?2 where id = ?1;
