-- name: find-project
-- 1 name
select id, name, title, directory, owner, metadata, created_at, revision, next_number, deleted_at
from projects where name = ?1;

-- name: list-project-names
-- 1 ids
select id, name from projects where id in (select value from json_each(?1));

-- name: insert-project
-- 1 name, 2 title, 3 directory, 4 owner, 5 metadata, 6 now
insert into projects (name, title, directory, owner, metadata, created_at, revision, next_number)
values (?1, ?2, ?3, ?4, ?5, ?6, 1, 1 + (select numbers_from from server_state));

-- name: update-project
-- 1 id, 2 title, 3 directory, 4 metadata, 5 revision
update projects set title = ?2, directory = ?3, metadata = ?4, revision = ?5 where id = ?1;

-- name: delete-project
-- 1 id, 2 now
update projects set deleted_at = ?2 where id = ?1;

-- name: set-next-number
-- 1 id, 2 next number
update projects set next_number = ?2 where id = ?1;

-- name: list-projects
-- 1 after (name), 2 limit
select id, name, title, directory, owner, metadata, created_at, revision
from projects where name > ?1 and deleted_at is null order by name limit (select ?2);

-- name: list-projects-named
-- 1 after (name), 2 names, 3 limit
select id, name, title, directory, owner, metadata, created_at, revision
from projects where name > ?1 and deleted_at is null and name in (select value from json_each(?2))
order by name limit (select ?3);

-- name: find-unfinished
-- 1 project: one unfinished job of it, if there is any
select j.number from live l join jobs j on j.id = l.job_id where l.project_id = ?1 and j.trashed_at is null limit 1;
