-- What is kept, as it is kept, to be compared: nothing here takes one table’s word for another’s.

-- name: verify-jobs
-- 1 after (id), 2 limit
select j.id, p.name as project, j.number, j.state, j.attempts, c.open, c.succeeded, c.failed, c.cancelled, r.ticket
from labkeep.jobs j join labkeep.projects p on p.id = j.project_id
left join labkeep.containers c on c.job_id = j.id
left join labkeep.lock_requests r on r.job_id = j.id
where j.id > $1 order by j.id limit $2;

-- name: verify-attempts
-- 1 jobs
select job_id, attempt, epoch, outcome from labkeep.attempts where job_id = any($1::bigint[])
order by job_id, attempt;

-- name: verify-children
-- 1 parents
select parent_id, state, count(*) as jobs from labkeep.jobs where parent_id = any($1::bigint[])
group by parent_id, state;

-- name: verify-strays
-- 1 limit
select job_id from labkeep.live where not exists (select 1 from labkeep.jobs where id = live.job_id) order by job_id limit $1;

-- name: verify-project
-- 1 after (id)
select id, name from labkeep.projects where id > $1 order by id limit 1;

-- name: verify-counts
-- 1 project
select state, sum(counted)::bigint as counted, sum(real)::bigint as real from (
  select state, jobs as counted, 0 as real from labkeep.tallies where project_id = $1
  union all
  select state, 0, count(*) from labkeep.jobs
  where project_id = $1 and state is not null and trashed_at is null group by state
) as found group by state;

-- name: verify-locks
-- 1 after (ticket), 2 limit
select r.ticket, r.session_id, r.job_id, r.class_id, r.database, r.locks, r.epoch, s.id as session, s.ended_at,
  p.name as project, j.number, j.state, l.state as live_state, l.epoch as live_epoch, c.ticket as closure
from labkeep.lock_requests r
left join labkeep.sessions s on s.id = r.session_id
left join labkeep.jobs j on j.id = r.job_id
left join labkeep.projects p on p.id = j.project_id
left join labkeep.live l on l.job_id = r.job_id
left join labkeep.closures c on c.database = r.database
where r.ticket > $1 order by r.ticket limit $2;

-- name: verify-claims
-- 1 tickets
select ticket, path, mode, granted from labkeep.lock_claims where ticket = any($1::bigint[]);

-- name: verify-paths
-- 1 paths
select path, mode, count(*) as tickets, min(ticket) as ticket from labkeep.lock_claims
where granted = 1 and path = any($1::text[]) group by path, mode order by path, mode;

-- name: verify-moved
-- 1 project, 2 numbers
select j.number, coalesce(l.state, j.state) as state, coalesce(l.revision, j.revision) as revision
from labkeep.projects p join labkeep.jobs j on j.project_id = p.id left join labkeep.live l on l.job_id = j.id
where p.name = $1 and j.number = any($2::text[])
  and coalesce(l.state, j.state) is not null;
