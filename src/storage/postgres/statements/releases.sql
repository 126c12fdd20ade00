-- name: save-release
-- 1 database, 2 release, 3 place, 4 state, 5 path, 6 files, 7 bytes, 8 sha256, 9 pinned, 10 principal, 11 begun at, 12 published at
insert into labkeep.releases (database, release, place, state, path, files, bytes, sha256, pinned, principal, begun_at, published_at)
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::bigint[], $12::bigint[])
on conflict (database, release) do update set place = excluded.place, state = excluded.state, path = excluded.path, files = excluded.files, bytes = excluded.bytes, sha256 = excluded.sha256, pinned = excluded.pinned, principal = excluded.principal, begun_at = excluded.begun_at, published_at = excluded.published_at;

-- name: delete-release
-- 1 database, 2 release
delete from labkeep.releases using unnest($1::text[], $2::text[]) as given (database, release)
where releases.database = given.database and releases.release = given.release;

-- name: delete-releases
-- 1 database
delete from labkeep.releases using unnest($1::text[]) as given (database)
where releases.database = given.database;

-- name: find-release
-- 1 database, 2 release
select * from labkeep.releases where database = $1 and release = $2;

-- name: list-releases
-- 1 database, 2 before (place), 3 limit
select * from labkeep.releases where database = $1 and place < $2 order by place desc limit $3;

-- name: list-releases-there
-- 1 database: all whose files are not gone
select * from labkeep.releases where database = $1 and state <> 'gone' order by place desc;

-- name: list-classes-in-databases
-- 1 what stands in front of the name of a lock: classes of jobs that are not finished, and lock something there by name
select distinct c.id, c.body from labkeep.classes c join labkeep.live l on l.class_id = c.id where strpos(c.body, $1) > 0;
