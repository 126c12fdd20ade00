-- name: begin
-- Begins a transaction that writes (the engine runs `begin immediate` before it) and gives the counters.
-- No other process writes, so no transaction needs a name.
select incarnation, event, epoch, epochs_from, restored_at, job, clock, clock as database_clock, null as written_by, null as "transaction"
from server_state;

-- name: commit
commit;

-- name: rollback
rollback;

-- name: update-counters
-- 1 event, 2 epoch, 3 job, 4 clock
update server_state set event = ?1, epoch = ?2, job = ?3, clock = ?4;

-- name: insert-events
-- 1 sequence, 2 at, 3 type, 4 project, 5 actor, 6 jobs (JSON: [state, revision, number, number, …], …), 7 database
insert into events (sequence, at, type, project_id, actor, jobs, database) values (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: add-tallies
-- 1 project, 2 state, 3 change
insert into tallies (project_id, state, jobs) values (?1, ?2, ?3)
on conflict (project_id, state) do update set jobs = jobs + excluded.jobs;

-- name: find-answer
-- 1 principal, 2 route, 3 key
select digest, answer from answers where principal = ?1 and route = ?2 and key = ?3;

-- name: insert-answer
-- 1 principal, 2 route, 3 key, 4 digest, 5 answer (JSON), 6 at
insert into answers (principal, route, key, digest, answer, at) values (?1, ?2, ?3, ?4, ?5, ?6);

-- name: find-position
select incarnation, event, events_from from server_state;

-- name: find-restored-at
select restored_at from server_state;

-- name: find-signing-key
select signing_key from server_state;
