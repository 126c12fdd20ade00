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
from projects p join jobs j on j.project_id = p.id left join live l on l.job_id = j.id
  left join annotations a on a.job_id = j.id
where p.name = ?1 and p.deleted_at is null and j.number = ?2;

-- name: find-job-by-id
-- 1 job
select p.name as project, j.project_id, j.number, j.owner, j.state, j.revision, j.trashed_at, l.state as live_state, l.revision as live_revision
from jobs j join projects p on p.id = j.project_id left join live l on l.job_id = j.id
where j.id = ?1;

-- name: list-jobs-by-id
-- 1 jobs
select {job-row}
from jobs j left join live l on l.job_id = j.id
  left join annotations a on a.job_id = j.id
where j.id in (select value from json_each(?1));

-- name: find-parent
-- 1 project, 2 number
select j.id, j.children, j.class_id, j.trashed_at, c.at_once from jobs j left join containers c on c.job_id = j.id
where j.project_id = ?1 and j.number = ?2;

-- name: insert-jobs
-- 1 id, 2 project, 3 number, 4 parent, 5 class, 6 task, 7 title, 8 owner, 9 queue, 10 priority, 11 created, 12 submitted, 13 rerun of
insert into jobs (id, project_id, number, parent_id, class_id, task, title, owner, queue, priority, created_at, submitted_at, rerun_of)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13);

-- name: end-jobs
-- 1 jobs that are alike in the rest, 2 state, 3 reason, 4 started, 5 finished, 6 exit code, 7 attempts, 8 revision
update jobs set state = ?2, reason = ?3, started_at = ?4, finished_at = ?5, exit_code = ?6, attempts = ?7, revision = ?8
where id in (select value from json_each(?1));

-- name: reopen-jobs
-- 1 id, 2 now: an ended job is unfinished again
update jobs set state = null, reason = null, started_at = null, finished_at = null, exit_code = null,
  submitted_at = coalesce(submitted_at, ?2) where id = ?1;

-- name: set-submitted
-- 1 id, 2 now
update jobs set submitted_at = ?2 where id = ?1;

-- name: set-children
-- 1 id, 2 children given so far
update jobs set children = ?2 where id = ?1;

-- name: trash-jobs
-- 1 jobs, 2 now
update jobs set trashed_at = ?2, revision = revision + 1 where id in (select value from json_each(?1));

-- name: edit-ended
-- 1 id, 2 title, 3 priority, 4 revision
update jobs set title = ?2, priority = ?3, revision = ?4 where id = ?1;

-- name: edit-live
-- 1 id, 2 title, 3 priority, 4 class
update jobs set title = ?2, priority = ?3, class_id = ?4 where id = ?1;

-- name: insert-documents
-- 1 job, 2 body (JSON)
insert into documents (job_id, body) values (?1, ?2);

-- name: update-document
-- 1 job, 2 body (JSON)
update documents set body = ?2 where job_id = ?1;

-- name: find-document
-- 1 job
select body from documents where job_id = ?1;

-- name: insert-dependencies
-- 1 on, 2 job, 3 kind, 4 met
insert into dependencies (on_id, job_id, kind, met) values (?1, ?2, ?3, ?4);

-- name: judge-dependencies
-- 1 on, 2 job, 3 met
update dependencies set met = ?3 where on_id = ?1 and job_id = ?2;

-- name: list-dependencies
-- 1 job: what it comes after
select d.on_id, d.kind, d.met, p.name as project, j.number, j.state, l.state as live_state
from dependencies d join jobs j on j.id = d.on_id join projects p on p.id = j.project_id left join live l on l.job_id = j.id
where d.job_id = ?1 order by d.on_id;

-- name: list-dependants
-- 1 jobs: the unfinished jobs that come after them and wait for it
select d.on_id, d.kind, l.* from dependencies d join live l on l.job_id = d.job_id
where d.on_id in (select value from json_each(?1)) and d.met = 0 order by d.on_id, d.job_id;

-- name: insert-containers
-- 1 job
insert into containers (job_id, open, succeeded, failed, cancelled) values (?1, 0, 0, 0, 0);

-- name: delete-containers
-- 1 job: it has work of its own now
delete from containers where job_id = ?1;

-- name: update-containers
-- 1 job, 2 open, 3 succeeded, 4 failed, 5 cancelled
update containers set open = ?2, succeeded = ?3, failed = ?4, cancelled = ?5 where job_id = ?1;

-- name: list-containers
-- 1 jobs: unfinished ones without work of their own
select l.*, c.open, c.succeeded, c.failed, c.cancelled from containers c join live l on l.job_id = c.job_id
where c.job_id in (select value from json_each(?1)) order by c.job_id;

-- name: list-counted-parents
-- 1 jobs: those without work of their own, ended or not; the columns of live are null for ended ones
select l.job_id, j.id, j.project_id, j.number, j.parent_id, l.class_id, coalesce(l.state, j.state) as state, l.reason,
  coalesce(l.revision, j.revision) as revision, j.priority, l.rank, l.ready_at, l.attempt, l.epoch, l.worker_id, l.held, l.pending, l.not_before,
  l.start_by, l.finish_by, l.offer_ends_at, l.attempt_ends_at, l.started_at, l.cancel_requested_at, l.policy, j.attempts, j.trashed_at,
  c.open, c.succeeded, c.failed, c.cancelled
from containers c join jobs j on j.id = c.job_id left join live l on l.job_id = c.job_id
where c.job_id in (select value from json_each(?1)) order by c.job_id;

-- name: find-container
-- 1 job: whether it has no work of its own
select job_id from containers where job_id = ?1;

-- name: delete-declared-files
-- 1 job
delete from files where job_id = ?1 and attempt is null;

-- name: list-files
-- 1 job, 2 after (id), 3 limit
select id, role, path, size, sha256, attempt, kind, note from files where job_id = ?1 and id > ?2 order by id limit (select ?3);

-- name: count-jobs
select state, sum(jobs) as jobs from tallies group by state having sum(jobs) > 0
union all select state, count(*) as jobs from live group by state;

-- name: count-jobs-of
-- 1 project: jobs outside the trash by state; each part by an index that only its jobs are in, so a state may come twice
select state, jobs from tallies where project_id = ?1 and jobs > 0
union all select 'ready', count(*) as jobs from live indexed by live_ready
where rank is not null and project_id = ?1 having count(*) > 0
union all select state, count(*) as jobs from live indexed by live_idle
where rank is null and worker_id is null and project_id = ?1 group by state
union all select state, count(*) as jobs from live indexed by live_held
where worker_id is not null and project_id = ?1 group by state;

-- name: count-others
select (select count(*) from projects where deleted_at is null) as projects,
  (select count(*) from workers where state = 'connected') as workers,
  (select min(rank + priority * 60000) from live where rank is not null) as oldest_ready,
  (select count(*) from lock_requests where epoch is not null) as locks_granted,
  (select count(*) from lock_requests where epoch is null) as locks_waiting;

-- name: find-child
-- 1 job: one child of it, if there is any
select id from jobs where parent_id = ?1 limit 1;

-- name: list-waits
-- 1 jobs, 2 jobs at most: the unfinished jobs that wait for these in any way, and what each of them waits for there;
-- a job without work of its own waits for its children
with recursive waiting (id) as (
  select value from json_each(?1)
  union select d.job_id from waiting w join dependencies d on d.on_id = w.id join live l on l.job_id = d.job_id
    where d.met = 0
  union select p.id from waiting w join jobs j on j.id = w.id join jobs p on p.id = j.parent_id where p.class_id is null
  limit (select ?2)
)
select d.job_id, d.on_id from waiting w join dependencies d on d.on_id = w.id join live l on l.job_id = d.job_id
where d.met = 0
union all select p.id, j.id from waiting w join jobs j on j.id = w.id join jobs p on p.id = j.parent_id
where p.class_id is null;
