-- name: insert-database
-- 1 name, 2 kind, 3 state, 4 tag, 5 description, 6 settings (JSON), 7 release, 8 declared in, 9 now
insert into labkeep.databases (name, kind, state, tag, description, settings, release, declared_in, created_at, revision)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[]);

-- name: set-database
-- 1 name, 2 state, 3 tag, 4 description, 5 settings (JSON), 6 release
update labkeep.databases set state = given.state, tag = given.tag, description = given.description, settings = given.settings, release = given.release, revision = databases.revision + 1
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as given (name, state, tag, description, settings, release)
where databases.name = given.name;

-- name: set-declared-in
-- 1 name, 2 file
update labkeep.databases set declared_in = given.file from unnest($1::text[], $2::text[]) as given (name, file)
where databases.name = given.name;

-- name: delete-database
-- 1 name
delete from labkeep.databases using unnest($1::text[]) as given (name)
where databases.name = given.name;

-- name: list-databases-by-name
-- 1 names
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from labkeep.databases d left join labkeep.closures c on c.database = d.name left join labkeep.lock_requests r on r.ticket = c.ticket
where d.name = any($1::text[]) order by d.name;

-- name: list-databases
-- 1 after (name), 2 limit, 3 projects too (1 or 0)
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from labkeep.databases d left join labkeep.closures c on c.database = d.name left join labkeep.lock_requests r on r.ticket = c.ticket
where d.name > $1 and ($3 = 1 or d.kind <> 'project') order by d.name limit $2;

-- name: list-databases-tagged
-- 1 after (name), 2 tag, 3 limit, 4 projects too (1 or 0)
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from labkeep.databases d left join labkeep.closures c on c.database = d.name left join labkeep.lock_requests r on r.ticket = c.ticket
where d.name > $1 and d.tag = $2 and ($4 = 1 or d.kind <> 'project') order by d.name limit $3;

-- name: list-databases-untagged
-- 1 after (name), 2 limit, 3 projects too (1 or 0)
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from labkeep.databases d left join labkeep.closures c on c.database = d.name left join labkeep.lock_requests r on r.ticket = c.ticket
where d.name > $1 and d.tag is null and ($3 = 1 or d.kind <> 'project') order by d.name limit $2;

-- name: list-closing
-- Closures that wait.
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, null as epoch
from labkeep.closures c join labkeep.databases d on d.name = c.database where d.state = 'closing' order by c.ticket;

-- name: insert-closure
-- 1 database, 2 ticket, 3 principal, 4 reason, 5 now, 6 grace ends, 7 until, 8 enforcement (JSON)
insert into labkeep.closures (database, ticket, principal, reason, since, grace_ends_at, until, enforcement)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[]);

-- name: delete-closure
-- 1 database
delete from labkeep.closures using unnest($1::text[]) as given (database)
where closures.database = given.database;

-- name: find-use-of-database
-- 1 name, 2 all below it begin with, 3 and end before
select 1 as used where exists (select 1 from labkeep.lock_claims where path = $1 or (path >= $2 and path < $3))
or exists (select 1 from labkeep.session_databases where database = $1);
