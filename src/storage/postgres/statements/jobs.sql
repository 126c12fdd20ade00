-- fragment: job-row
-- What a list shows of a job j, with its live row l and its annotations a.
j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at;

-- name: find-job
-- 1 project (name), 2 number
select {job-row}, j.children
from labkeep.projects p join labkeep.jobs j on j.project_id = p.id left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where p.name = $1 and p.deleted_at is null and j.number = $2;

-- name: find-job-by-id
-- 1 job
select p.name as project, j.project_id, j.number, j.owner, j.state, j.revision, j.trashed_at, l.state as live_state, l.revision as live_revision
from labkeep.jobs j join labkeep.projects p on p.id = j.project_id left join labkeep.live l on l.job_id = j.id
where j.id = $1;

-- name: list-jobs-by-id
-- 1 jobs
select {job-row}
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.id = any($1::bigint[]);

-- name: find-parent
-- 1 project, 2 number
select j.id, j.children, j.class_id, j.trashed_at, c.at_once from labkeep.jobs j left join labkeep.containers c on c.job_id = j.id
where j.project_id = $1 and j.number = $2;

-- name: insert-jobs
-- 1 id, 2 project, 3 number, 4 parent, 5 class, 6 task, 7 title, 8 owner, 9 queue, 10 priority, 11 created, 12 submitted, 13 rerun of
insert into labkeep.jobs (id, project_id, number, parent_id, class_id, task, title, owner, queue, priority, created_at,
  submitted_at, rerun_of)
select *
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
  $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[]);

-- name: end-jobs
-- 1 id, 2 state, 3 reason, 4 started, 5 finished, 6 exit code, 7 attempts, 8 revision
with done as (
  update labkeep.jobs set state = given.state, reason = given.reason, started_at = given.started_at, finished_at =
    given.finished_at, exit_code = given.exit_code, attempts = given.attempts, revision = given.revision
  from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[])
    as given (id, state, reason, started_at, finished_at, exit_code, attempts, revision)
  where jobs.id = given.id returning jobs.project_id, jobs.state, jobs.id, jobs.parent_id
)
insert into labkeep.ended (project_id, state, job_id, parent_id) select * from done;

-- name: end-jobs-alike
-- The same for jobs that are alike in all but their ids.
-- 1 jobs, 2 state, 3 reason, 4 started, 5 finished, 6 exit code, 7 attempts, 8 revision
with done as (
  update labkeep.jobs set state = $2, reason = $3, started_at = $4, finished_at = $5, exit_code = $6, attempts = $7,
    revision = $8
  where id = any($1::bigint[]) returning project_id, state, id, parent_id
)
insert into labkeep.ended (project_id, state, job_id, parent_id) select * from done;

-- name: reopen-jobs
-- 1 id, 2 now: an ended job is unfinished again. Both parts see the row as it was.
with gone as (
  delete from labkeep.ended using labkeep.jobs j
  where j.id = any($1::bigint[]) and ended.project_id = j.project_id and ended.state = j.state and ended.job_id = j.id
)
update labkeep.jobs set state = null, reason = null, started_at = null, finished_at = null, exit_code = null,
  submitted_at = coalesce(submitted_at, given.now)
from unnest($1::bigint[], $2::bigint[]) as given (id, now)
where jobs.id = given.id;

-- name: set-submitted
-- 1 id, 2 now
update labkeep.jobs set submitted_at = given.submitted_at
from unnest($1::bigint[], $2::bigint[])
  as given (id, submitted_at)
where jobs.id = given.id;

-- name: set-children
-- 1 id, 2 children given so far
update labkeep.jobs set children = given.children
from unnest($1::bigint[], $2::bigint[])
  as given (id, children)
where jobs.id = given.id;

-- name: trash-jobs
-- 1 id, 2 now
update labkeep.jobs set trashed_at = given.trashed_at, revision = revision + 1
from unnest($1::bigint[], $2::bigint[])
  as given (id, trashed_at)
where jobs.id = given.id;

-- name: edit-ended
-- 1 id, 2 title, 3 priority, 4 revision
update labkeep.jobs set title = given.title, priority = given.priority, revision = given.revision
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
  as given (id, title, priority, revision)
where jobs.id = given.id;

-- name: edit-live
-- 1 id, 2 title, 3 priority, 4 class
update labkeep.jobs set title = given.title, priority = given.priority, class_id = given.class_id
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
  as given (id, title, priority, class_id)
where jobs.id = given.id;

-- name: insert-documents
-- 1 job, 2 body (JSON)
insert into labkeep.documents (job_id, body)
select *
from unnest($1::bigint[], $2::text[]);

-- name: update-document
-- 1 job, 2 body (JSON)
update labkeep.documents set body = given.body
from unnest($1::bigint[], $2::text[])
  as given (job_id, body)
where documents.job_id = given.job_id;

-- name: find-document
-- 1 job
select body from labkeep.documents where job_id = $1;

-- name: insert-dependencies
-- 1 on, 2 job, 3 kind, 4 met
insert into labkeep.dependencies (on_id, job_id, kind, met)
select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]);

-- name: judge-dependencies
-- 1 on, 2 job, 3 met
update labkeep.dependencies set met = given.met
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as given (on_id, job_id, met)
where dependencies.on_id = given.on_id and dependencies.job_id = given.job_id;

-- name: list-dependencies
-- 1 job: what it comes after
select d.on_id, d.kind, d.met, p.name as project, j.number, j.state, l.state as live_state
from labkeep.dependencies d join labkeep.jobs j on j.id = d.on_id join labkeep.projects p on p.id = j.project_id left join labkeep.live l on l.job_id = j.id
where d.job_id = $1 order by d.on_id;

-- name: list-dependants
-- 1 jobs: the unfinished jobs that come after them and wait for it
select d.on_id, d.kind, l.* from labkeep.dependencies d join labkeep.live l on l.job_id = d.job_id
where d.on_id = any($1::bigint[]) and d.met = 0 order by d.on_id, d.job_id;

-- name: insert-containers
-- 1 job
insert into labkeep.containers (job_id, open, succeeded, failed, cancelled)
select job_id, 0, 0, 0, 0
from unnest($1::bigint[])
  as given (job_id);

-- name: delete-containers
-- 1 job: it has work of its own now
delete from labkeep.containers where job_id = any($1::bigint[]);

-- name: update-containers
-- 1 job, 2 open, 3 succeeded, 4 failed, 5 cancelled
update labkeep.containers set open = given.open, succeeded = given.succeeded, failed = given.failed, cancelled = given.cancelled
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
  as given (job_id, open, succeeded, failed, cancelled)
where containers.job_id = given.job_id;

-- name: list-containers
-- 1 jobs: unfinished ones without work of their own
select l.*, c.open, c.succeeded, c.failed, c.cancelled from labkeep.containers c join labkeep.live l on l.job_id = c.job_id
where c.job_id = any($1::bigint[]) order by c.job_id;

-- name: list-counted-parents
-- 1 jobs: those without work of their own, ended or not; the columns of live are null for ended ones
select l.job_id, j.id, j.project_id, j.number, j.parent_id, l.class_id, coalesce(l.state, j.state) as state, l.reason,
  coalesce(l.revision, j.revision) as revision, j.priority, l.rank, l.ready_at, l.attempt, l.epoch, l.worker_id, l.held, l.pending, l.not_before,
  l.start_by, l.finish_by, l.offer_ends_at, l.attempt_ends_at, l.started_at, l.cancel_requested_at, l.policy, j.attempts, j.trashed_at,
  c.open, c.succeeded, c.failed, c.cancelled
from labkeep.containers c join labkeep.jobs j on j.id = c.job_id left join labkeep.live l on l.job_id = c.job_id
where c.job_id = any($1::bigint[]) order by c.job_id;

-- name: find-container
-- 1 job: whether it has no work of its own
select job_id from labkeep.containers where job_id = $1;

-- name: delete-declared-files
-- 1 job
delete from labkeep.files where job_id = any($1::bigint[]) and attempt is null;

-- name: list-files
-- 1 job, 2 after (id), 3 limit
select id, role, path, size, sha256, attempt, kind, note from labkeep.files where job_id = $1 and id > $2 order by id limit $3;

-- name: count-jobs
select state, sum(jobs)::bigint as jobs from labkeep.tallies group by state having sum(jobs) > 0
union all select state, count(*) as jobs from labkeep.live group by state;

-- name: count-jobs-of
-- 1 project: jobs outside the trash by state; each part by an index that only its jobs are in, so a state may come twice
select state, jobs from labkeep.tallies where project_id = $1 and jobs > 0
union all select 'ready', count(*) as jobs from labkeep.live
where rank is not null and project_id = $1 having count(*) > 0
union all select state, count(*) as jobs from labkeep.live
where rank is null and worker_id is null and project_id = $1 group by state
union all select state, count(*) as jobs from labkeep.live
where worker_id is not null and project_id = $1 group by state;

-- name: count-others
select (select count(*) from labkeep.projects where deleted_at is null) as projects,
  (select count(*) from labkeep.workers where state = 'connected') as workers,
  (select min(rank + priority * 60000) from labkeep.live where rank is not null) as oldest_ready,
  (select count(*) from labkeep.lock_requests where epoch is not null) as locks_granted,
  (select count(*) from labkeep.lock_requests where epoch is null) as locks_waiting;

-- name: find-child
-- 1 job: one child of it, if there is any
select id from labkeep.jobs where parent_id = $1 limit 1;

-- name: list-waits
-- 1 jobs, 2 jobs at most: the unfinished jobs that wait for these in any way, and what each of them waits for there;
-- a job without work of its own waits for its children
with recursive waiting (id) as (
  select unnest($1::bigint[])
  union select n.id from waiting w cross join lateral (
    select d.job_id as id from labkeep.dependencies d join labkeep.live l on l.job_id = d.job_id
    where d.on_id = w.id and d.met = 0
    union all select p.id from labkeep.jobs j join labkeep.jobs p on p.id = j.parent_id
    where j.id = w.id and p.class_id is null
  ) n
), found as materialized (select id from waiting limit $2)
select d.job_id, d.on_id from found w join labkeep.dependencies d on d.on_id = w.id
  join labkeep.live l on l.job_id = d.job_id
where d.met = 0
union all select p.id, j.id from found w join labkeep.jobs j on j.id = w.id
  join labkeep.jobs p on p.id = j.parent_id
where p.class_id is null;
