-- Pages of jobs. Each walks one index in the order of the page.

-- name: list-jobs-{oldest|newest}
-- 1 project, 2 after (job), 3 limit
select {job-row}
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.project_id = $1 and j.id {>|<} $2 and j.trashed_at is null
order by j.id {asc|desc} limit $3;

-- name: list-jobs-ended-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: by the table of ended jobs
select {job-row}
from labkeep.ended e join labkeep.jobs j on j.id = e.job_id left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where e.project_id = $1 and e.state = $2 and e.job_id {>|<} $3 and j.trashed_at is null
order by e.job_id {asc|desc} limit $4;

-- name: list-jobs-ready-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of ready jobs
select {job-row}
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is not null and l.project_id = $1 and l.state = $2 and l.job_id {>|<} $3 and j.trashed_at is null
order by l.job_id {asc|desc} limit $4;

-- name: list-jobs-idle-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: by the index of jobs with nobody
select {job-row}
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.project_id = $1 and l.state = $2 and l.job_id {>|<} $3 and j.trashed_at is null
order by l.job_id {asc|desc} limit $4;

-- name: list-jobs-held-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 limit: all that workers hold are few
select {job-row}
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.worker_id is not null and l.project_id = $1 and l.state = $2 and l.job_id {>|<} $3 and j.trashed_at is null
order by l.job_id {asc|desc} limit $4;

-- name: list-children-{oldest|newest}
-- 1 parent, 2 after (job), 3 limit
select {job-row}
from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where j.parent_id = $1 and j.id {>|<} $2 and j.trashed_at is null
order by j.id {asc|desc} limit $3;

-- name: list-children-ended-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: by the table of ended jobs
select {job-row}
from labkeep.ended e join labkeep.jobs j on j.id = e.job_id left join labkeep.live l on l.job_id = j.id
  left join labkeep.annotations a on a.job_id = j.id
where e.parent_id = $1 and e.state = $2 and e.job_id {>|<} $3 and j.trashed_at is null
order by e.job_id {asc|desc} limit $4;

-- name: list-children-ready-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of ready children
select {job-row}
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is not null and l.parent_id = $1 and l.state = $2 and l.job_id {>|<} $3 and j.trashed_at is null
order by l.job_id {asc|desc} limit $4;

-- name: list-children-idle-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: by the index of children with nobody
select {job-row}
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.rank is null and l.worker_id is null and l.parent_id = $1 and l.state = $2 and l.job_id {>|<} $3 and j.trashed_at is null
order by l.job_id {asc|desc} limit $4;

-- name: list-children-held-{oldest|newest}
-- 1 parent, 2 state, 3 after (job), 4 limit: all that workers hold are few
select {job-row}
from labkeep.live l join labkeep.jobs j on j.id = l.job_id
  left join labkeep.annotations a on a.job_id = j.id
where l.worker_id is not null and l.parent_id = $1 and l.state = $2 and l.job_id {>|<} $3 and j.trashed_at is null
order by l.job_id {asc|desc} limit $4;

-- name: index-jobs
-- 1 project, 2 after (job), 3 limit: columns as JSON, which the engine writes faster than rows are read
select coalesce(json_agg(number order by id), '[]')::text as numbers, coalesce(json_agg(state order by id), '[]')::text as states,
  coalesce(json_agg(task order by id), '[]')::text as tasks, coalesce(json_agg(title order by id), '[]')::text as titles,
  coalesce(json_agg(revision order by id), '[]')::text as revisions, max(id) as last
from (
  select j.id, j.number, coalesce(l.state, j.state) as state, j.task, j.title, coalesce(l.revision, j.revision) as revision
  from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
  where j.project_id = $1 and j.id > $2 and j.trashed_at is null
  order by j.id limit $3
) as page;
