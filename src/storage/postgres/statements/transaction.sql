-- name: begin
-- Begins a transaction that writes and gives the counters, the transaction that wrote them last, and this one. Their row
-- is locked first, so that the group commits of all servers come one after another: what a rule reads is what holds when
-- it writes. Generic plans walk the indexes whatever the statistics of a table that grew a minute ago say. The index on
-- the clock leads to the newest version of the row at once, past all those that are kept while somebody else has a
-- transaction open.
begin;
set local idle_in_transaction_session_timeout = '5s';
set local statement_timeout = '60s';
set local plan_cache_mode = force_generic_plan;
select incarnation, event, epoch, epochs_from, restored_at, job, clock, (extract(epoch from clock_timestamp()) * 1000)::bigint as database_clock,
  xmin::text as written_by, pg_current_xact_id()::xid::text as transaction,
  oldest_schema, timeline, synchronous, begun_event, begun_epoch, begun_clock,
  (current_setting('synchronous_standby_names') <> ''
    and current_setting('synchronous_commit') in ('on', 'remote_apply', 'remote_write'))::int as waits
from labkeep.server_state order by clock desc limit 1 for update;

-- name: commit
commit;

-- name: rollback
rollback;

-- name: update-counters
-- 1 event, 2 epoch, 3 job, 4 clock
update labkeep.server_state set event = given.event, epoch = given.epoch, job = given.job, clock = given.clock
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) as given (event, epoch, job, clock)
where server_state.ctid = (select ctid from labkeep.server_state order by clock desc limit 1);

-- name: insert-events
-- 1 sequence, 2 at, 3 type, 4 project, 5 actor, 6 jobs (JSON: [state, revision, number, number, …], …), 7 database
insert into labkeep.events (sequence, at, type, project_id, actor, jobs, database)
select *
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[]);

-- name: add-tallies
-- 1 project, 2 state, 3 change
insert into labkeep.tallies (project_id, state, jobs)
select *
from unnest($1::bigint[], $2::text[], $3::bigint[])
on conflict (project_id, state) do update set jobs = tallies.jobs + excluded.jobs;

-- name: find-answer
-- 1 principal, 2 route, 3 key
select digest, answer from labkeep.answers where principal = $1 and route = $2 and key = $3;

-- name: insert-answer
-- 1 principal, 2 route, 3 key, 4 digest, 5 answer (JSON), 6 at
insert into labkeep.answers (principal, route, key, digest, answer, at)
select *
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]);

-- name: find-position
select incarnation, event, events_from from labkeep.server_state order by clock desc limit 1;

-- name: find-restored-at
select restored_at from labkeep.server_state order by clock desc limit 1;

-- name: find-signing-key
select signing_key from labkeep.server_state;

-- name: begin-read
-- Begins a transaction that only reads: all of its statements see one state.
begin isolation level repeatable read read only;
set local statement_timeout = '30s';
set local plan_cache_mode = force_generic_plan;

-- name: find-time
select (extract(epoch from clock_timestamp()) * 1000)::bigint as now;
