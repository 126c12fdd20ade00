-- name: find-project
-- 1 name
select id, name, title, directory, owner, metadata, created_at, revision, next_number, deleted_at
from labkeep.projects where name = $1;

-- name: list-project-names
-- 1 ids
select id, name from labkeep.projects where id = any($1::bigint[]);

-- name: insert-project
-- 1 name, 2 title, 3 directory, 4 owner, 5 metadata, 6 now
insert into labkeep.projects (name, title, directory, owner, metadata, created_at, revision, next_number)
select name, title, directory, owner, metadata, created_at, 1, 1 + (select numbers_from from labkeep.server_state)
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
  as given (name, title, directory, owner, metadata, created_at);

-- name: update-project
-- 1 id, 2 title, 3 directory, 4 metadata, 5 revision
update labkeep.projects set title = given.title, directory = given.directory, metadata = given.metadata, revision =
  given.revision
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
  as given (id, title, directory, metadata, revision)
where projects.id = given.id;

-- name: delete-project
-- 1 id, 2 now
update labkeep.projects set deleted_at = given.deleted_at
from unnest($1::bigint[], $2::bigint[])
  as given (id, deleted_at)
where projects.id = given.id;

-- name: set-next-number
-- 1 id, 2 next number
update labkeep.projects set next_number = given.next_number
from unnest($1::bigint[], $2::bigint[])
  as given (id, next_number)
where projects.id = given.id;

-- name: list-projects
-- 1 after (name), 2 limit
select id, name, title, directory, owner, metadata, created_at, revision
from labkeep.projects where name > $1 and deleted_at is null order by name limit $2;

-- name: list-projects-named
-- 1 after (name), 2 names, 3 limit
select id, name, title, directory, owner, metadata, created_at, revision
from labkeep.projects where name > $1 and deleted_at is null and name = any($2::text[])
order by name limit $3;

-- name: find-unfinished
-- 1 project: one unfinished job of it, if there is any
select j.number from labkeep.live l join labkeep.jobs j on j.id = l.job_id where l.project_id = $1 and j.trashed_at is null limit 1;
