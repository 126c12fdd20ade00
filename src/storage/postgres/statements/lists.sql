-- Pages of jobs. Each walks one index in the order of the page.

-- name: list-jobs-oldest
-- 1 project, 2 after (job), 3 limit
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.project_id = $1 and j.id > $2 and j.trashed_at is null
order by j.id asc limit $3;

-- name: list-jobs-ended-oldest
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of ended jobs
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.project_id = $1 and j.state = $2 and j.state is not null and j.id > $3 and j.trashed_at is null
order by j.id asc limit $4;

-- name: list-jobs-ready-oldest
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of ready jobs
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is not null and l.project_id = $1 and l.state = $2 and l.job_id > $3 and j.trashed_at is null
order by l.job_id asc limit $4;

-- name: list-jobs-idle-oldest
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of jobs with nobody
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.project_id = $1 and l.state = $2 and l.job_id > $3 and j.trashed_at is null
order by l.job_id asc limit $4;

-- name: list-jobs-held-oldest
-- 1 project, 2 state, 3 after (job), 4 limit: all that workers hold are few
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.worker_id is not null and l.project_id = $1 and l.state = $2 and l.job_id > $3 and j.trashed_at is null
order by l.job_id asc limit $4;

-- name: list-children-oldest
-- 1 parent, 2 after (job), 3 limit
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.parent_id = $1 and j.id > $2 and j.trashed_at is null
order by j.id asc limit $3;

-- name: list-jobs-newest
-- 1 project, 2 after (job), 3 limit
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.project_id = $1 and j.id < $2 and j.trashed_at is null
order by j.id desc limit $3;

-- name: list-jobs-ended-newest
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of ended jobs
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.project_id = $1 and j.state = $2 and j.state is not null and j.id < $3 and j.trashed_at is null
order by j.id desc limit $4;

-- name: list-jobs-ready-newest
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of ready jobs
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is not null and l.project_id = $1 and l.state = $2 and l.job_id < $3 and j.trashed_at is null
order by l.job_id desc limit $4;

-- name: list-jobs-idle-newest
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of jobs with nobody
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.project_id = $1 and l.state = $2 and l.job_id < $3 and j.trashed_at is null
order by l.job_id desc limit $4;

-- name: list-jobs-held-newest
-- 1 project, 2 state, 3 after (job), 4 limit: all that workers hold are few
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.worker_id is not null and l.project_id = $1 and l.state = $2 and l.job_id < $3 and j.trashed_at is null
order by l.job_id desc limit $4;

-- name: list-children-newest
-- 1 parent, 2 after (job), 3 limit
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.parent_id = $1 and j.id < $2 and j.trashed_at is null
order by j.id desc limit $3;

-- name: list-children-ended-oldest
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of ended children
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.parent_id = $1 and j.state = $2 and j.state is not null and j.id > $3 and j.trashed_at is null
order by j.id asc limit $4;

-- name: list-children-ready-oldest
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of ready children
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is not null and l.parent_id = $1 and l.state = $2 and l.job_id > $3 and j.trashed_at is null
order by l.job_id asc limit $4;

-- name: list-children-idle-oldest
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of children with nobody
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.parent_id = $1 and l.state = $2 and l.job_id > $3 and j.trashed_at is null
order by l.job_id asc limit $4;

-- name: list-children-held-oldest
-- 1 parent, 2 state, 3 after (job), 4 limit: all that workers hold are few
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.worker_id is not null and l.parent_id = $1 and l.state = $2 and l.job_id > $3 and j.trashed_at is null
order by l.job_id asc limit $4;

-- name: list-children-ended-newest
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of ended children
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.parent_id = $1 and j.state = $2 and j.state is not null and j.id < $3 and j.trashed_at is null
order by j.id desc limit $4;

-- name: list-children-ready-newest
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of ready children
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is not null and l.parent_id = $1 and l.state = $2 and l.job_id < $3 and j.trashed_at is null
order by l.job_id desc limit $4;

-- name: list-children-idle-newest
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of children with nobody
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.parent_id = $1 and l.state = $2 and l.job_id < $3 and j.trashed_at is null
order by l.job_id desc limit $4;

-- name: list-children-held-newest
-- 1 parent, 2 state, 3 after (job), 4 limit: all that workers hold are few
select j.id, j.project_id, j.number, j.parent_id, j.class_id, j.task, j.title, j.owner, j.queue, j.priority, j.state, j.reason,
  j.created_at, j.submitted_at, j.started_at, j.finished_at, j.exit_code, j.attempts, j.revision, j.rerun_of, j.trashed_at, j.origin,
  a.rating, a.tags, a.numbers, a.comments,
  l.state as live_state, l.reason as live_reason, l.started_at as live_started_at, l.attempt as live_attempt,
  l.revision as live_revision, l.cancel_requested_at as live_cancel_requested_at
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.worker_id is not null and l.parent_id = $1 and l.state = $2 and l.job_id < $3 and j.trashed_at is null
order by l.job_id desc limit $4;
