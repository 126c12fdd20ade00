-- name: list-sightings-at
-- 1 place, 2 role, 3 before (file), 4 limit, 5 whether only some projects, 6 those
select f.id, f.job_id, f.role, f.path, f.place, f.size, f.sha256, f.kind, f.attempt, f.made_at, p.name as project, j.number,
  coalesce(l.state, j.state) as state, coalesce(l.started_at, j.started_at, j.created_at) as started_at
from labkeep.files f join labkeep.jobs j on j.id = f.job_id join labkeep.projects p on p.id = j.project_id left join labkeep.live l on l.job_id = j.id
where f.place = $1 and f.role = $2 and f.id < $3 and ($5::bigint = 0 or p.name = any($6::text[]))
order by f.id desc limit $4;

-- name: list-sightings-of
-- 1 digest, 2 role, 3 before (file), 4 limit, 5 whether only some projects, 6 those
select f.id, f.job_id, f.role, f.path, f.place, f.size, f.sha256, f.kind, f.attempt, f.made_at, p.name as project, j.number,
  coalesce(l.state, j.state) as state, coalesce(l.started_at, j.started_at, j.created_at) as started_at
from labkeep.files f join labkeep.jobs j on j.id = f.job_id join labkeep.projects p on p.id = j.project_id left join labkeep.live l on l.job_id = j.id
where f.sha256 = $1 and f.role = $2 and f.id < $3 and ($5::bigint = 0 or p.name = any($6::text[]))
order by f.id desc limit $4;

-- name: list-ties-up
-- 1 jobs, 2 limit: what they read, and who made it
select t.job_id, t.producer_job, t.found_by, t.cyclic, f.path from labkeep.ties t join labkeep.files f on f.id = t.file_id
where t.job_id = any($1::bigint[]) order by t.job_id, t.attempt, t.file_id limit $2;

-- name: list-ties-down
-- 1 jobs, 2 limit: who read what they made
select t.job_id, t.producer_job, t.found_by, t.cyclic, f.path from labkeep.ties t join labkeep.files f on f.id = t.file_id
where t.producer_job = any($1::bigint[]) order by t.producer_job, t.job_id, t.attempt, t.file_id
limit $2;

-- name: list-nodes
-- 1 jobs
select j.id, p.name as project, j.number, j.title, j.task, coalesce(l.state, j.state) as state,
  coalesce(l.started_at, j.started_at) as started_at, case when l.job_id is null then j.finished_at end as finished_at,
  (d.body::json -> 'command')::text as command
from labkeep.jobs j join labkeep.projects p on p.id = j.project_id join labkeep.documents d on d.job_id = j.id left join labkeep.live l on l.job_id = j.id
where j.id = any($1::bigint[]) order by j.id;

-- name: list-makers
-- 1 files
select f.id, f.job_id, f.attempt, f.made_at, f.path, f.place, f.size, f.sha256, p.name as project, j.number,
  coalesce(r.host, w.name) as host
from labkeep.files f join labkeep.jobs j on j.id = f.job_id join labkeep.projects p on p.id = j.project_id
  left join labkeep.runs r on r.job_id = f.job_id
  left join labkeep.attempts a on a.job_id = f.job_id and a.attempt = f.attempt
  left join labkeep.workers w on w.id = a.worker_id
where f.id = any($1::bigint[]);

-- name: list-inputs-tied
-- 1 job, 2 attempt, 3 limit: what it read in this attempt, with what made it
select f.id, f.path, f.place, f.size, f.sha256, f.kind, f.note, t.producer_attempt, t.found_by, t.provisional, t.cyclic,
  p.name as project, j.number
from labkeep.files f left join labkeep.ties t on t.job_id = f.job_id and t.attempt = $2 and t.file_id = f.id
  left join labkeep.jobs j on j.id = t.producer_job left join labkeep.projects p on p.id = j.project_id
where f.job_id = $1 and f.role = 'input' order by f.id limit $3;

-- name: list-project-jobs
-- 1 project, 2 after (job), 3 limit
select id from labkeep.jobs where project_id = $1 and id > $2 and trashed_at is null order by id limit $3;

-- name: list-readings
-- 1 jobs: what each attempt read that something made, and what that was; the last attempts last
select t.job_id, t.attempt, t.producer_job, t.producer_file, f.path, coalesce(f.sha256, m.sha256) as sha256, m.place
from labkeep.ties t join labkeep.files f on f.id = t.file_id join labkeep.files m on m.id = t.producer_file
where t.job_id = any($1::bigint[]) and t.cyclic = 0 and t.provisional = 0
order by t.job_id, t.attempt, t.file_id;

-- name: list-current
-- 1 jobs: those of which some output was made by nobody since
select distinct f.job_id from labkeep.files f
where f.job_id = any($1::bigint[]) and f.made_at is not null and (f.place is null or not exists (
  select 1 from labkeep.files g where g.place = f.place and g.made_at is not null
    and (g.made_at, g.id) > (f.made_at, f.id)));

-- name: list-refs
-- 1 jobs
select j.id, p.name as project, j.number from labkeep.jobs j join labkeep.projects p on p.id = j.project_id
where j.id = any($1::bigint[]);

-- name: list-steps
-- 1 jobs
select j.id, p.name as project, j.number, j.title, j.task, coalesce(l.state, j.state) as state,
  (d.body::json -> 'command')::text as command, (d.body::json -> 'parameters')::text as parameters, r.executable, r.version
from labkeep.jobs j join labkeep.projects p on p.id = j.project_id join labkeep.documents d on d.job_id = j.id
  left join labkeep.live l on l.job_id = j.id left join labkeep.runs r on r.job_id = j.id
where j.id = any($1::bigint[]) order by j.id;
