-- name: list-open-parents
-- 1 jobs: those without work of their own that have unfinished children
select c.job_id from labkeep.containers c join labkeep.live l on l.job_id = c.job_id where c.job_id = any($1::bigint[]) and c.open > 0;

-- name: list-open-parents-below
-- 1 jobs: their unfinished children without work of their own
select job_id from labkeep.live
where parent_id = any($1::bigint[]) and parent_id is not null and rank is null and worker_id is null and class_id is null
order by job_id;

-- name: list-cancellable-below
-- 1 jobs, 2 limit: their unfinished children with work of their own that no worker has, and that nobody cancelled yet;
-- those that wait first, the newest before what they may come after
select * from (
  (
    select * from labkeep.live
    where parent_id = any($1::bigint[]) and parent_id is not null and rank is null and worker_id is null
      and class_id is not null and cancel_requested_at is null
    order by parent_id desc, state desc, job_id desc limit $2)
  union all
  (
    select * from labkeep.live
    where parent_id = any($1::bigint[]) and parent_id is not null and rank is not null
    order by parent_id desc, job_id desc limit $2)
) as l limit $2;

-- name: set-cancelling
-- 1 job without work of its own, 2 who has begun to cancel it
update labkeep.containers set cancelling_by = given.cancelling_by
from unnest($1::bigint[], $2::text[]) as given (job_id, cancelling_by)
where containers.job_id = given.job_id;

-- name: list-cancelling
-- those whose cancellation was begun
select job_id, cancelling_by from labkeep.containers where cancelling_by is not null order by job_id;

-- name: list-rows-below
-- 1 jobs: their children, in the trash or not
select {job-row}
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.parent_id = any($1::bigint[]) order by j.id;

-- name: list-kin-below
-- 1 jobs: the same, as far as trash is concerned
select j.id, j.project_id, j.parent_id, j.number, j.state, j.attempts, j.revision, j.trashed_at, l.state as live_state
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id where j.parent_id = any($1::bigint[]) order by j.id;

-- name: list-ended-by-id
-- 1 jobs: of each its end
select id, project_id, number, state, attempts, revision from labkeep.jobs where id = any($1::bigint[]);
