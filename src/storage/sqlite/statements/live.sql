-- name: insert-live
-- Columns of live in order: 1 job id, 2 project id, 3 number, 4 parent id, 5 class id, 6 state, 7 reason, 8
-- revision, 9 priority, 10 rank, 11 attempt, 12 epoch, 13 worker id, 14 held, 15 pending, 16 not before, 17
-- start by, 18 finish by, 19 offer ends at, 20 attempt ends at, 21 started at, 22 cancel requested at, 23 due
-- at, 24 policy
insert into live (job_id, project_id, number, parent_id, class_id, state, reason, revision, priority, rank, attempt, epoch,
  worker_id, held, pending, not_before, start_by, finish_by, offer_ends_at, attempt_ends_at, started_at, cancel_requested_at, due_at, policy)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24);

-- name: update-live
-- Columns of live in order: 1 job id, 2 project id, 3 number, 4 parent id, 5 class id, 6 state, 7 reason, 8
-- revision, 9 priority, 10 rank, 11 attempt, 12 epoch, 13 worker id, 14 held, 15 pending, 16 not before, 17
-- start by, 18 finish by, 19 offer ends at, 20 attempt ends at, 21 started at, 22 cancel requested at, 23 due
-- at, 24 policy
update live set project_id = ?2, number = ?3, parent_id = ?4, class_id = ?5, state = ?6, reason = ?7, revision = ?8,
  priority = ?9, rank = ?10, attempt = ?11, epoch = ?12, worker_id = ?13, held = ?14, pending = ?15, not_before = ?16,
  start_by = ?17, finish_by = ?18, offer_ends_at = ?19, attempt_ends_at = ?20, started_at = ?21, cancel_requested_at = ?22, due_at = ?23, policy = ?24
where job_id = ?1;

-- name: delete-live
-- 1 job
delete from live where job_id = ?1;

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

-- name: list-due
-- 1 now, 2 limit
select * from live where due_at is not null and due_at <= ?1 order by due_at, job_id limit (select ?2);

-- name: extend-offers
-- 1 ms
update live set offer_ends_at = offer_ends_at + ?1, due_at = due_at + ?1 where worker_id is not null and state = 'offered';

-- name: list-ready-classes
-- 1 and 2 after (head, class), 3 limit
select id, head from classes where head is not null and (head, id) > (?1, ?2) order by head, id limit (select ?3);

-- name: list-ready-of-class
-- 1 class, 2 limit
select * from live where class_id = ?1 and rank is not null order by rank, job_id limit (select ?2);

-- name: count-ahead
-- 1 class, 2 rank, 3 job, 4 count at most
select count(*) as ahead from
  (select 1 from live where class_id = ?1 and rank is not null and (rank, job_id) < (?2, ?3) limit (select ?4));

-- name: lower-heads
-- 1 class, 2 rank
update classes set head = ?2 where id = ?1 and (head is null or head > ?2);

-- name: set-heads
-- 1 class, 2 head
update classes set head = ?2 where id = ?1;

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
-- 1 jobs: what a worker needs to run them
select j.id, j.task, j.title, j.owner, d.body, p.directory
from jobs j join documents d on d.job_id = j.id join projects p on p.id = j.project_id
where j.id in (select value from json_each(?1));
