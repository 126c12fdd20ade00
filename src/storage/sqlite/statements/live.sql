-- name: insert-live
-- 1 job id, 2 state, 3 reason, 4 revision, 5 rank, 6 attempt, 7 epoch, 8 worker id, 9 offer ends at, 10
-- attempt ends at, 11 started at, 12 cancel requested at, 13 due at, 14 class id, 15 priority, 16 held, 17
-- pending, 18 not before, 19 start by, 20 finish by, 21 policy, 22 ready at, 23 project id, 24 number, 25 parent id
insert into live (job_id, state, reason, revision, rank, attempt, epoch, worker_id, offer_ends_at, attempt_ends_at,
  started_at, cancel_requested_at, due_at, class_id, priority, held, pending, not_before, start_by,
  finish_by, policy, ready_at, project_id, number, parent_id)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
  ?24, ?25);

-- name: update-live
-- All that may change of an unfinished job.
-- 1 job id, 2 state, 3 reason, 4 revision, 5 rank, 6 attempt, 7 epoch, 8 worker id, 9 offer ends at, 10
-- attempt ends at, 11 started at, 12 cancel requested at, 13 due at, 14 class id, 15 priority, 16 held, 17
-- pending, 18 not before, 19 start by, 20 finish by, 21 policy, 22 ready at
update live set state = ?2, reason = ?3, revision = ?4, rank = ?5, attempt = ?6, epoch = ?7, worker_id = ?8,
  offer_ends_at = ?9, attempt_ends_at = ?10, started_at = ?11, cancel_requested_at = ?12, due_at = ?13,
  class_id = ?14, priority = ?15, held = ?16, pending = ?17, not_before = ?18, start_by = ?19,
  finish_by = ?20, policy = ?21, ready_at = ?22
where job_id = ?1;

-- name: delete-live
-- 1 jobs
delete from live where job_id in (select value from json_each(?1));

-- name: set-pending
-- 1 job, 2 dependencies not met yet
update live set pending = ?2 where job_id = ?1;

-- name: find-live
-- 1 job
select * from live where job_id = ?1;

-- name: list-live-by-id
-- 1 jobs
select * from live where job_id in (select value from json_each(?1));

-- name: list-live-children
-- 1 jobs
select l.* from jobs j join live l on l.job_id = j.id where j.parent_id in (select value from json_each(?1)) order by l.job_id;

-- name: list-held
-- 1 worker
select * from live where worker_id = ?1 order by job_id;

-- name: list-in-hand
-- 1 worker: with the names of their projects
select l.*, p.name as project from live l join projects p on p.id = l.project_id where l.worker_id = ?1 order by l.job_id;

-- name: list-due
-- 1 now, 2 limit
select * from live where due_at is not null and due_at <= ?1 order by due_at, job_id limit (select ?2);

-- name: list-live-offers
select * from live where worker_id is not null and state = 'offered' order by job_id;

-- name: list-ready-classes
-- 1 and 2 after (head, its job), 3 limit
select id, head, head_job from classes where head is not null and parked is null and (head, head_job) > (?1, ?2)
order by head, head_job limit (select ?3);

-- name: list-ready-kinds
-- 1 limit: classes of which there is something to hand out
select body from classes where head is not null and parked is null order by head, head_job limit (select ?1);

-- name: list-workers-to-tell
-- 1 workers: those that have a job to cancel
select distinct worker_id from live
where worker_id in (select value from json_each(?1)) and worker_id is not null and cancel_requested_at is not null and state = 'running';

-- name: list-ready-of-class
-- 1 class, 2 limit: what a ready job may have, since all else of it is null
select job_id, project_id, number, parent_id, class_id, state, revision, priority, rank, ready_at, attempt, held, pending,
  not_before, start_by, finish_by, policy
from live where class_id = ?1 and rank is not null order by rank, job_id limit (select ?2);

-- name: list-ready-from
-- 1 class, 2 and 3 its head (rank, job): nothing of it that is ready lies before; 4 limit
select job_id, project_id, number, parent_id, class_id, state, revision, priority, rank, ready_at, attempt, held, pending,
  not_before, start_by, finish_by, policy
from live where class_id = ?1 and rank is not null and (rank, job_id) >= (?2, ?3) order by rank, job_id limit (select ?4);

-- name: count-ahead
-- 1 class, 2 rank, 3 job, 4 count at most
select count(*) as ahead from
  (select 1 from live where class_id = ?1 and rank is not null and (rank, job_id) < (?2, ?3) limit (select ?4));

-- name: lower-heads
-- 1 class, 2 rank, 3 job
update classes set head = ?2, head_job = ?3 where id = ?1 and (head is null or (head, head_job) > (?2, ?3));

-- name: set-heads
-- 1 class, 2 rank, 3 job
update classes set head = ?2, head_job = ?3 where id = ?1;

-- name: find-class
-- 1 class
select body from classes where id = ?1;

-- name: find-class-by-key
-- 1 key
select id from classes where key = ?1;

-- name: insert-class
-- 1 key, 2 body (JSON)
insert into classes (key, body) values (?1, ?2);

-- name: list-offered
-- 1 jobs: what a worker needs to run them, besides what their classes say
select j.id, j.title, d.body, p.directory
from jobs j join documents d on d.job_id = j.id join projects p on p.id = j.project_id
where j.id in (select value from json_each(?1));

-- name: update-held
-- What changes while a worker holds the job: offered, started, asked to stop.
-- 1 jobs that are alike in the rest, 2 state, 3 reason, 4 revision, 5 rank, 6 attempt, 7 epoch, 8 worker id, 9 offer ends at, 10
-- attempt ends at, 11 started at, 12 cancel requested at, 13 due at
update live set state = ?2, reason = ?3, revision = ?4, rank = ?5, attempt = ?6, epoch = ?7, worker_id = ?8,
  offer_ends_at = ?9, attempt_ends_at = ?10, started_at = ?11, cancel_requested_at = ?12, due_at = ?13
where job_id in (select value from json_each(?1));
