-- name: save-release
-- 1 database, 2 release, 3 place, 4 state, 5 path, 6 files, 7 bytes, 8 sha256, 9 pinned, 10 principal, 11 begun at, 12 published at
insert into releases (database, release, place, state, path, files, bytes, sha256, pinned, principal, begun_at, published_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
on conflict (database, release) do update set place = excluded.place, state = excluded.state, path = excluded.path, files = excluded.files, bytes = excluded.bytes, sha256 = excluded.sha256, pinned = excluded.pinned, principal = excluded.principal, begun_at = excluded.begun_at, published_at = excluded.published_at;

-- name: delete-release
-- 1 database, 2 release
delete from releases where database = ?1 and release = ?2;

-- name: delete-releases
-- 1 database
delete from releases where database = ?1;

-- name: find-release
-- 1 database, 2 release
select * from releases where database = ?1 and release = ?2;

-- name: list-releases
-- 1 database, 2 before (place), 3 limit
select * from releases where database = ?1 and place < ?2 order by place desc limit (select ?3);

-- name: list-releases-there
-- 1 database: all whose files are not gone
select * from releases where database = ?1 and state <> 'gone' order by place desc;

-- name: list-classes-in-databases
-- 1 what stands in front of the name of a lock: classes of jobs that are not finished, and lock something there by name
select distinct c.id, c.body from classes c join live l on l.class_id = c.id where instr(c.body, ?1) > 0;
