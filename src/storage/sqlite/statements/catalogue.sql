-- name: insert-database
-- 1 name, 2 kind, 3 state, 4 tag, 5 description, 6 settings (JSON), 7 release, 8 declared in, 9 now
insert into databases (name, kind, state, tag, description, settings, release, declared_in, created_at, revision)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: set-database
-- 1 name, 2 state, 3 tag, 4 description, 5 settings (JSON), 6 release
update databases set state = ?2, tag = ?3, description = ?4, settings = ?5, release = ?6, revision = databases.revision + 1
where name = ?1;

-- name: set-declared-in
-- 1 name, 2 file
update databases set declared_in = ?2 where name = ?1;

-- name: delete-database
-- 1 name
delete from databases where name = ?1;

-- name: list-databases-by-name
-- 1 names
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from databases d left join closures c on c.database = d.name left join lock_requests r on r.ticket = c.ticket
where d.name in (select value from json_each(?1)) order by d.name;

-- name: list-databases
-- 1 after (name), 2 limit, 3 projects too (1 or 0)
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from databases d left join closures c on c.database = d.name left join lock_requests r on r.ticket = c.ticket
where d.name > ?1 and (?3 = 1 or d.kind <> 'project') order by d.name limit (select ?2);

-- name: list-databases-tagged
-- 1 after (name), 2 tag, 3 limit, 4 projects too (1 or 0)
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from databases d left join closures c on c.database = d.name left join lock_requests r on r.ticket = c.ticket
where d.name > ?1 and d.tag = ?2 and (?4 = 1 or d.kind <> 'project') order by d.name limit (select ?3);

-- name: list-databases-untagged
-- 1 after (name), 2 limit, 3 projects too (1 or 0)
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, r.epoch
from databases d left join closures c on c.database = d.name left join lock_requests r on r.ticket = c.ticket
where d.name > ?1 and d.tag is null and (?3 = 1 or d.kind <> 'project') order by d.name limit (select ?2);

-- name: list-closing
-- Closures that wait.
select d.*, c.ticket, c.principal, c.reason, c.since, c.grace_ends_at, c.until, c.enforcement, null as epoch
from closures c join databases d on d.name = c.database where d.state = 'closing' order by c.ticket;

-- name: insert-closure
-- 1 database, 2 ticket, 3 principal, 4 reason, 5 now, 6 grace ends, 7 until, 8 enforcement (JSON)
insert into closures (database, ticket, principal, reason, since, grace_ends_at, until, enforcement)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: delete-closure
-- 1 database
delete from closures where database = ?1;

-- name: find-use-of-database
-- 1 name, 2 all below it begin with, 3 and end before
select 1 as used where exists (select 1 from lock_claims where path = ?1 or (path >= ?2 and path < ?3))
or exists (select 1 from session_databases where database = ?1);
