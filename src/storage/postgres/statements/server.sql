-- name: register-worker
-- 1 principal, 2 name, 3 labels, 4 tasks, 5 capacity, 6 accept, 7 now, 8 lease ends, 9 host, 10 account, 11 instance, 12 no new id
-- is below it: those that were given before a restore, and are not known here, are not given again
insert into labkeep.workers (id, principal, name, labels, tasks, capacity, accept, registered_at, lease_ends_at, state, host,
  account, instance)
select (select greatest(coalesce(max(w.id), 0), given.floor) + 1 from labkeep.workers w), principal, name, labels, tasks,
  capacity, accept, registered_at, lease_ends_at, 'connected', host, account, instance
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[],
  $9::text[], $10::text[], $11::text[], $12::bigint[])
  as given (principal, name, labels, tasks, capacity, accept, registered_at, lease_ends_at, host, account, instance, floor)
on conflict (principal, name) do update set labels = excluded.labels, tasks = excluded.tasks, capacity = excluded.capacity,
  accept = excluded.accept, lease_ends_at = excluded.lease_ends_at, state = 'connected', host = excluded.host,
  account = excluded.account, instance = excluded.instance;

-- name: find-worker-by-name
-- 1 principal, 2 name
select id, instance, host, lease_ends_at, state from labkeep.workers where principal = $1 and name = $2;

-- name: rename-worker
-- 1 worker, 2 name
update labkeep.workers as w set name = given.name from unnest($1::bigint[], $2::text[]) as given (id, name) where w.id = given.id;

-- name: find-worker
-- 1 worker
select id, name, principal, tasks, capacity, accept, lease_ends_at, state, host, account from labkeep.workers where id = $1;

-- name: renew-lease
-- 1 worker, 2 lease ends
update labkeep.workers set lease_ends_at = given.lease_ends_at, state = 'connected'
from unnest($1::bigint[], $2::bigint[])
  as given (id, lease_ends_at)
where workers.id = given.id;

-- name: extend-worker-leases
-- 1 ms, 2 a whole lease from now, at most
update labkeep.workers set lease_ends_at = greatest(lease_ends_at, least(lease_ends_at + given.ms, given.most))
from unnest($1::bigint[], $2::bigint[]) as given (ms, most) where state = 'connected';

-- name: list-expired-workers
-- 1 now
select id from labkeep.workers where state = 'connected' and lease_ends_at <= $1 order by id;

-- name: lose-workers
-- 1 worker
update labkeep.workers set state = 'lost'
from unnest($1::bigint[])
  as given (id)
where workers.id = given.id;

-- name: list-workers
-- 1 after (id), 2 limit
select id, name, principal, labels, tasks, capacity, accept, registered_at, lease_ends_at, state, host, account,
  (select count(*) from labkeep.live l where l.worker_id = workers.id) as holding
from labkeep.workers where id > $1 order by id limit $2;

-- name: list-grants
-- 1 principal: what its tokens give it that were not revoked
select t.role, p.name as project from labkeep.tokens t left join labkeep.projects p on p.id = t.project_id
where t.principal = $1 and t.revoked_at is null and t.use = 'token';

-- name: insert-token
-- 1 id, 2 secret hash, 3 principal, 4 role, 5 project, 6 use, 7 now, 8 expires
insert into labkeep.tokens (id, secret_hash, principal, role, project_id, use, created_at, expires_at)
select *
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[]);

-- name: find-token
-- 1 id
select t.id, t.secret_hash, t.principal, t.role, p.name as project, t.use, t.created_at, t.expires_at, t.revoked_at
from labkeep.tokens t left join labkeep.projects p on p.id = t.project_id where t.id = $1;

-- name: list-tokens
-- 1 after (id), 2 limit
select t.id, t.principal, t.role, p.name as project, t.use, t.created_at, t.expires_at, t.revoked_at
from labkeep.tokens t left join labkeep.projects p on p.id = t.project_id where t.id > $1 order by t.id limit $2;

-- name: revoke-token
-- 1 id, 2 now
update labkeep.tokens set revoked_at = given.revoked_at
from unnest($1::text[], $2::bigint[])
  as given (id, revoked_at)
where tokens.id = given.id;

-- name: list-events
-- 1 after (sequence), 2 limit
select e.sequence, e.at, e.type, p.name as project, e.actor, e.jobs, e.database
from labkeep.events e left join labkeep.projects p on p.id = e.project_id
where e.sequence > $1 order by e.sequence limit $2;

-- name: find-sweep
select swept_at from labkeep.server_state order by clock desc limit 1;

-- name: set-sweep
-- 1 now
update labkeep.server_state set swept_at = given.swept_at from unnest($1::bigint[]) as given (swept_at)
where server_state.ctid = (select ctid from labkeep.server_state order by clock desc limit 1);

-- name: trim-answers
-- 1 older than
delete from labkeep.answers using unnest($1::bigint[]) as given (before) where answers.at < given.before;

-- name: find-event-to-trim
-- 1 older than, 2 at most so many
select max(sequence) as sequence from
  (select sequence, at from labkeep.events order by sequence limit $2) as oldest where at < $1;

-- name: trim-events
-- 1 up to
delete from labkeep.events using unnest($1::bigint[]) as given (last) where events.sequence <= given.last;

-- name: set-events-from
-- 1 up to
update labkeep.server_state set events_from = given.events_from from unnest($1::bigint[]) as given (events_from);

-- name: start-incarnation
-- 1 incarnation, 2 greatest epoch of before, 3 signing key, 4 now
update labkeep.server_state set incarnation = given.incarnation, epochs_from = given.epochs_from, restored_at = given.restored_at,
  signing_key = given.signing_key, events_from = event
from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])
  as given (incarnation, epochs_from, signing_key, restored_at);

-- name: set-restored-at
update labkeep.server_state set restored_at = given.restored_at from unnest($1::bigint[]) as given (restored_at);

-- name: jump-numbers
-- 1 by how much
update labkeep.projects set next_number = next_number + given.jump from unnest($1::bigint[]) as given (jump);

-- name: jump-numbers-of-new
-- 1 by how much: for projects that are made again after the restore
update labkeep.server_state set numbers_from = numbers_from + given.jump from unnest($1::bigint[]) as given (jump);

-- name: jump-children
-- 1 by how much
update labkeep.jobs set children = children + given.jump from unnest($1::bigint[]) as given (jump);

-- name: list-all-held
select * from labkeep.live where worker_id is not null order by job_id;

-- name: forget-epochs
-- 1 job
update labkeep.live set epoch = null, worker_id = null where job_id = any($1::bigint[]);

-- name: list-all-workers
select id from labkeep.workers order by id;
