-- name: register-worker
-- 1 principal, 2 name, 3 labels, 4 tasks, 5 capacity, 6 accept, 7 now, 8 lease ends, 9 host, 10 account, 11 instance, 12 no new id
-- is below it: those that were given before a restore, and are not known here, are not given again
insert into workers (id, principal, name, labels, tasks, capacity, accept, registered_at, lease_ends_at, state, host, account,
  instance)
values ((select max(coalesce(max(id), 0), ?12) + 1 from workers), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'connected', ?9, ?10, ?11)
on conflict (principal, name) do update set labels = excluded.labels, tasks = excluded.tasks, capacity = excluded.capacity,
  accept = excluded.accept, lease_ends_at = excluded.lease_ends_at, state = 'connected', host = excluded.host,
  account = excluded.account, instance = excluded.instance;

-- name: find-worker-by-name
-- 1 principal, 2 name
select id, instance, host, lease_ends_at, state from workers where principal = ?1 and name = ?2;

-- name: rename-worker
-- 1 worker, 2 name
update workers set name = ?2 where id = ?1;

-- name: find-worker
-- 1 worker
select id, name, principal, tasks, capacity, accept, lease_ends_at, state, host, account from workers where id = ?1;

-- name: renew-lease
-- 1 worker, 2 lease ends
update workers set lease_ends_at = ?2, state = 'connected' where id = ?1;

-- name: extend-worker-leases
-- 1 ms, 2 a whole lease from now, at most
update workers set lease_ends_at = max(lease_ends_at, min(lease_ends_at + ?1, ?2)) where state = 'connected';

-- name: list-expired-workers
-- 1 now
select id from workers where state = 'connected' and lease_ends_at <= ?1 order by id;

-- name: lose-workers
-- 1 worker
update workers set state = 'lost' where id = ?1;

-- name: list-workers
-- 1 after (id), 2 limit
select id, name, principal, labels, tasks, capacity, accept, registered_at, lease_ends_at, state, host, account,
  (select count(*) from live l where l.worker_id = workers.id) as holding
from workers where id > ?1 order by id limit (select ?2);

-- name: list-grants
-- 1 principal: what its tokens give it that were not revoked
select t.role, p.name as project from tokens t left join projects p on p.id = t.project_id
where t.principal = ?1 and t.revoked_at is null and t.use = 'token';

-- name: insert-token
-- 1 id, 2 secret hash, 3 principal, 4 role, 5 project, 6 use, 7 now, 8 expires
insert into tokens (id, secret_hash, principal, role, project_id, use, created_at, expires_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: find-token
-- 1 id
select t.id, t.secret_hash, t.principal, t.role, p.name as project, t.use, t.created_at, t.expires_at, t.revoked_at
from tokens t left join projects p on p.id = t.project_id where t.id = ?1;

-- name: list-tokens
-- 1 after (id), 2 limit
select t.id, t.principal, t.role, p.name as project, t.use, t.created_at, t.expires_at, t.revoked_at
from tokens t left join projects p on p.id = t.project_id where t.id > ?1 order by t.id limit (select ?2);

-- name: revoke-token
-- 1 id, 2 now
update tokens set revoked_at = ?2 where id = ?1;

-- name: list-events
-- 1 after (sequence), 2 limit
select e.sequence, e.at, e.type, p.name as project, e.actor, e.jobs, e.database
from events e left join projects p on p.id = e.project_id
where e.sequence > ?1 order by e.sequence limit (select ?2);

-- name: find-sweep
select swept_at from server_state;

-- name: set-sweep
-- 1 now
update server_state set swept_at = ?1;

-- name: trim-answers
-- 1 older than
delete from answers where at < ?1;

-- name: find-event-to-trim
-- 1 older than, 2 at most so many
select max(sequence) as sequence from
  (select sequence, at from events order by sequence limit (select ?2)) where at < ?1;

-- name: trim-events
-- 1 up to
delete from events where sequence <= ?1;

-- name: set-events-from
-- 1 up to
update server_state set events_from = ?1;

-- name: start-incarnation
-- 1 incarnation, 2 greatest epoch of before, 3 signing key, 4 now
update server_state set incarnation = ?1, epochs_from = ?2, signing_key = ?3, restored_at = ?4, events_from = event;

-- name: set-restored-at
update server_state set restored_at = ?1;

-- name: jump-numbers
-- 1 by how much
update projects set next_number = next_number + ?1;

-- name: jump-numbers-of-new
-- 1 by how much: for projects that are made again after the restore
update server_state set numbers_from = numbers_from + ?1;

-- name: jump-children
-- 1 by how much
update jobs set children = children + ?1;

-- name: list-all-held
select * from live where worker_id is not null order by job_id;

-- name: forget-epochs
-- 1 job
update live set epoch = null, worker_id = null where job_id = ?1;

-- name: list-all-workers
select id from workers order by id;
