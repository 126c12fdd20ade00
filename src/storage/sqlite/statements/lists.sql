-- Pages of jobs. Each walks one index in the order of the page.

-- name: list-jobs-{oldest|newest}
-- 1 project, 2 after (job), 3 limit
select {job-row}
from jobs j left join live l on l.job_id = j.id
  left join annotations a on a.job_id = j.id
where j.project_id = ?1 and j.id {>|<} ?2 and j.trashed_at is null
order by j.id {asc|desc} limit (select ?3);

-- name: list-jobs-ended-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of ended jobs
select {job-row}
from jobs j left join live l on l.job_id = j.id
  left join annotations a on a.job_id = j.id
where j.project_id = ?1 and j.state = ?2 and j.state is not null and j.id {>|<} ?3 and j.trashed_at is null
order by j.id {asc|desc} limit (select ?4);

-- name: list-jobs-ready-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of ready jobs
select {job-row}
from live l indexed by live_ready cross join jobs j on j.id = l.job_id
  left join annotations a on a.job_id = j.id
where l.rank is not null and l.project_id = ?1 and l.state = ?2 and l.job_id {>|<} ?3 and j.trashed_at is null
order by l.job_id {asc|desc} limit (select ?4);

-- name: list-jobs-idle-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of jobs with nobody
select {job-row}
from live l indexed by live_idle cross join jobs j on j.id = l.job_id
  left join annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.project_id = ?1 and l.state = ?2 and l.job_id {>|<} ?3 and j.trashed_at is null
order by l.job_id {asc|desc} limit (select ?4);

-- name: list-jobs-held-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: all that workers hold are few
select {job-row}
from live l indexed by live_held cross join jobs j on j.id = l.job_id
  left join annotations a on a.job_id = j.id
where l.worker_id is not null and l.project_id = ?1 and l.state = ?2 and l.job_id {>|<} ?3 and j.trashed_at is null
order by l.job_id {asc|desc} limit (select ?4);

-- name: list-children-{oldest|newest}
-- 1 parent, 2 after (job), 3 limit
select {job-row}
from jobs j left join live l on l.job_id = j.id
  left join annotations a on a.job_id = j.id
where j.parent_id = ?1 and j.id {>|<} ?2 and j.trashed_at is null
order by j.id {asc|desc} limit (select ?3);

-- name: list-children-ended-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of ended children
select {job-row}
from jobs j left join live l on l.job_id = j.id
  left join annotations a on a.job_id = j.id
where j.parent_id = ?1 and j.state = ?2 and j.state is not null and j.id {>|<} ?3 and j.trashed_at is null
order by j.id {asc|desc} limit (select ?4);

-- name: list-children-ready-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of ready children
select {job-row}
from live l indexed by live_children_ready cross join jobs j on j.id = l.job_id
  left join annotations a on a.job_id = j.id
where l.rank is not null and l.parent_id = ?1 and l.state = ?2 and l.job_id {>|<} ?3 and j.trashed_at is null
order by l.job_id {asc|desc} limit (select ?4);

-- name: list-children-idle-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of children with nobody
select {job-row}
from live l indexed by live_children_idle cross join jobs j on j.id = l.job_id
  left join annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.parent_id = ?1 and l.state = ?2 and l.job_id {>|<} ?3 and j.trashed_at is null
order by l.job_id {asc|desc} limit (select ?4);

-- name: list-children-held-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: all that workers hold are few
select {job-row}
from live l indexed by live_held cross join jobs j on j.id = l.job_id
  left join annotations a on a.job_id = j.id
where l.worker_id is not null and l.parent_id = ?1 and l.state = ?2 and l.job_id {>|<} ?3 and j.trashed_at is null
order by l.job_id {asc|desc} limit (select ?4);

-- name: index-jobs
-- 1 project, 2 after (job), 3 limit: columns as JSON, which the engine writes faster than rows are read
select json_group_array(number) as numbers, json_group_array(state) as states, json_group_array(task) as tasks,
  json_group_array(title) as titles, json_group_array(revision) as revisions, max(id) as last
from (
  select j.id, j.number, coalesce(l.state, j.state) as state, j.task, j.title, coalesce(l.revision, j.revision) as revision
  from jobs j left join live l on l.job_id = j.id
  where j.project_id = ?1 and j.id > ?2 and j.trashed_at is null
  order by j.id limit (select ?3)
);
