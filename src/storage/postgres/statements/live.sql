-- name: insert-live
-- 1 job id, 2 state, 3 reason, 4 revision, 5 rank, 6 attempt, 7 epoch, 8 worker id, 9 offer ends at, 10
-- attempt ends at, 11 started at, 12 cancel requested at, 13 due at, 14 class id, 15 priority, 16 held, 17
-- pending, 18 not before, 19 start by, 20 finish by, 21 policy, 22 ready at, 23 project id, 24 number, 25 parent id
insert into labkeep.live (job_id, state, reason, revision, rank, attempt, epoch, worker_id, offer_ends_at, attempt_ends_at,
  started_at, cancel_requested_at, due_at, class_id, priority, held, pending, not_before, start_by,
  finish_by, policy, ready_at, project_id, number, parent_id)
select *
from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
  $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::text[],
  $22::bigint[], $23::bigint[], $24::text[], $25::bigint[]);

-- name: update-live
-- All that may change of an unfinished job.
-- 1 job id, 2 state, 3 reason, 4 revision, 5 rank, 6 attempt, 7 epoch, 8 worker id, 9 offer ends at, 10
-- attempt ends at, 11 started at, 12 cancel requested at, 13 due at, 14 class id, 15 priority, 16 held, 17
-- pending, 18 not before, 19 start by, 20 finish by, 21 policy, 22 ready at
update labkeep.live set
  state = given.state, reason = given.reason, revision = given.revision, rank = given.rank,
  attempt = given.attempt, epoch = given.epoch, worker_id = given.worker_id,
  offer_ends_at = given.offer_ends_at, attempt_ends_at = given.attempt_ends_at,
  started_at = given.started_at, cancel_requested_at = given.cancel_requested_at, due_at = given.due_at,
  class_id = given.class_id, priority = given.priority, held = given.held, pending = given.pending,
  not_before = given.not_before, start_by = given.start_by, finish_by = given.finish_by,
  policy = given.policy, ready_at = given.ready_at
from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
  $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::text[],
  $22::bigint[])
  as given (job_id, state, reason, revision, rank, attempt, epoch, worker_id, offer_ends_at, attempt_ends_at,
  started_at, cancel_requested_at, due_at, class_id, priority, held, pending, not_before, start_by,
  finish_by, policy, ready_at)
where live.job_id = given.job_id;

-- name: delete-live
-- 1 job
delete from labkeep.live where job_id = any($1::bigint[]);

-- name: set-pending
-- 1 job, 2 dependencies not met yet
update labkeep.live set pending = given.pending
from unnest($1::bigint[], $2::bigint[])
  as given (job_id, pending)
where live.job_id = given.job_id;

-- name: find-live
-- 1 job
select * from labkeep.live where job_id = $1;

-- name: list-live-by-id
-- 1 jobs
select * from labkeep.live where job_id = any($1::bigint[]);

-- name: list-live-children
-- 1 jobs
select l.* from labkeep.jobs j join labkeep.live l on l.job_id = j.id where j.parent_id = any($1::bigint[]) order by l.job_id;

-- name: list-held
-- 1 worker
select * from labkeep.live where worker_id = $1 order by job_id;

-- name: list-in-hand
-- 1 worker: with the names of their projects
select l.*, p.name as project from labkeep.live l join labkeep.projects p on p.id = l.project_id where l.worker_id = $1 order by l.job_id;

-- name: list-due
-- 1 now, 2 limit
select * from labkeep.live where due_at is not null and due_at <= $1 order by due_at, job_id limit $2;

-- name: list-live-offers
select * from labkeep.live where worker_id is not null and state = 'offered' order by job_id;

-- name: list-ready-classes
-- 1 and 2 after (head, its job), 3 limit
select id, head, head_job from labkeep.classes where head is not null and parked is null and (head, head_job) > ($1, $2)
order by head, head_job limit $3;

-- name: list-ready-kinds
-- 1 limit: classes of which there is something to hand out
select body from labkeep.classes where head is not null and parked is null order by head, head_job limit $1;

-- name: list-workers-to-tell
-- 1 workers: those that have a job to cancel
select distinct worker_id from labkeep.live
where worker_id = any($1::bigint[]) and worker_id is not null and cancel_requested_at is not null and state = 'running';

-- name: list-ready-of-class
-- 1 class, 2 limit: what a ready job may have, since all else of it is null
select job_id, project_id, number, parent_id, class_id, state, revision, priority, rank, ready_at, attempt, held, pending,
  not_before, start_by, finish_by, policy
from labkeep.live where class_id = $1 and rank is not null order by rank, job_id limit $2;

-- name: list-ready-from
-- 1 class, 2 and 3 its head (rank, job): nothing of it that is ready lies before; 4 limit
select job_id, project_id, number, parent_id, class_id, state, revision, priority, rank, ready_at, attempt, held, pending,
  not_before, start_by, finish_by, policy
from labkeep.live where class_id = $1 and rank is not null and (rank, job_id) >= ($2, $3) order by rank, job_id limit $4;

-- name: count-ahead
-- 1 class, 2 rank, 3 job, 4 count at most
select count(*) as ahead from
  (select 1 from labkeep.live where class_id = $1 and rank is not null and (rank, job_id) < ($2, $3) limit $4) as before;

-- name: lower-heads
-- 1 class, 2 rank, 3 job
update labkeep.classes set head = given.head, head_job = given.head_job
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as given (id, head, head_job)
where classes.id = given.id
  and (classes.head is null or (classes.head, classes.head_job) > (given.head, given.head_job));

-- name: set-heads
-- 1 class, 2 rank, 3 job
update labkeep.classes set head = given.head, head_job = given.head_job
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as given (id, head, head_job)
where classes.id = given.id;

-- name: find-class
-- 1 class
select body from labkeep.classes where id = $1;

-- name: find-class-by-key
-- 1 key
select id from labkeep.classes where key = $1;

-- name: insert-class
-- 1 key, 2 body (JSON)
insert into labkeep.classes (key, body)
select *
from unnest($1::text[], $2::text[]);

-- name: list-offered
-- 1 jobs: what a worker needs to run them, besides what their classes say
select j.id, j.title, d.body, p.directory
from labkeep.jobs j join labkeep.documents d on d.job_id = j.id join labkeep.projects p on p.id = j.project_id
where j.id = any($1::bigint[]);

-- name: update-held
-- What changes while a worker holds the job: offered, started, asked to stop.
-- 1 job id, 2 state, 3 reason, 4 revision, 5 rank, 6 attempt, 7 epoch, 8 worker id, 9 offer ends at, 10
-- attempt ends at, 11 started at, 12 cancel requested at, 13 due at
update labkeep.live set
  state = given.state, reason = given.reason, revision = given.revision, rank = given.rank,
  attempt = given.attempt, epoch = given.epoch, worker_id = given.worker_id,
  offer_ends_at = given.offer_ends_at, attempt_ends_at = given.attempt_ends_at,
  started_at = given.started_at, cancel_requested_at = given.cancel_requested_at, due_at = given.due_at
from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
  as given (job_id, state, reason, revision, rank, attempt, epoch, worker_id, offer_ends_at, attempt_ends_at,
  started_at, cancel_requested_at, due_at)
where live.job_id = given.job_id;

-- name: update-held-alike
-- The same for jobs that are alike in all but their ids.
-- 1 jobs, 2 state, 3 reason, 4 revision, 5 rank, 6 attempt, 7 epoch, 8 worker id, 9 offer ends at, 10 attempt ends at,
-- 11 started at, 12 cancel requested at, 13 due at
update labkeep.live set
  state = $2, reason = $3, revision = $4, rank = $5, attempt = $6, epoch = $7, worker_id = $8,
  offer_ends_at = $9, attempt_ends_at = $10, started_at = $11, cancel_requested_at = $12, due_at = $13
where job_id = any($1::bigint[]);
