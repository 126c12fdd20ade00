-- What is kept, as it is kept, to be compared: nothing here takes one table’s word for another’s.

-- name: verify-jobs
-- 1 after (id), 2 limit
select j.id, p.name as project, j.number, j.state, j.attempts, c.open, c.succeeded, c.failed, c.cancelled, r.ticket
from jobs j join projects p on p.id = j.project_id
left join containers c on c.job_id = j.id
left join lock_requests r on r.job_id = j.id
where j.id > ?1 order by j.id limit (select ?2);

-- name: verify-attempts
-- 1 jobs
select job_id, attempt, epoch, outcome from attempts where job_id in (select value from json_each(?1))
order by job_id, attempt;

-- name: verify-children
-- 1 parents
select parent_id, state, count(*) as jobs from jobs where parent_id in (select value from json_each(?1))
group by parent_id, state;

-- name: verify-strays
-- 1 limit
select job_id from live where not exists (select 1 from jobs where id = live.job_id) order by job_id limit (select ?1);

-- name: verify-project
-- 1 after (id)
select id, name from projects where id > ?1 order by id limit 1;

-- name: verify-counts
-- 1 project
select state, sum(counted) as counted, sum(real) as real from (
  select state, jobs as counted, 0 as real from tallies where project_id = ?1
  union all
  select state, 0, count(*) from jobs
  where project_id = ?1 and state is not null and trashed_at is null group by state
) group by state;

-- name: verify-locks
-- 1 after (ticket), 2 limit
select r.ticket, r.session_id, r.job_id, r.class_id, r.database, r.locks, r.epoch, s.id as session, s.ended_at,
  p.name as project, j.number, j.state, l.state as live_state, l.epoch as live_epoch, c.ticket as closure
from lock_requests r
left join sessions s on s.id = r.session_id
left join jobs j on j.id = r.job_id
left join projects p on p.id = j.project_id
left join live l on l.job_id = r.job_id
left join closures c on c.database = r.database
where r.ticket > ?1 order by r.ticket limit (select ?2);

-- name: verify-claims
-- 1 tickets
select ticket, path, mode, granted from lock_claims where ticket in (select value from json_each(?1));

-- name: verify-paths
-- 1 paths
select path, mode, count(*) as tickets, min(ticket) as ticket from lock_claims
where granted = 1 and path in (select value from json_each(?1)) group by path, mode order by path, mode;

-- name: verify-moved
-- 1 project, 2 numbers
select j.number, coalesce(l.state, j.state) as state, coalesce(l.revision, j.revision) as revision
from projects p join jobs j on j.project_id = p.id left join live l on l.job_id = j.id
where p.name = ?1 and j.number in (select value from json_each(?2))
  and coalesce(l.state, j.state) is not null;
