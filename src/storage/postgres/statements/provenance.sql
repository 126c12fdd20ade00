-- name: list-sightings-at
-- 1 place, 2 role, 3 before (file), 4 limit, 5 whether only some projects, 6 those; an output that was declared and written, once
select f.id, f.job_id, f.role, f.path, f.place, f.size, f.sha256, f.kind, f.attempt, f.made_at, p.name as project, j.number,
  coalesce(l.state, j.state) as state, coalesce(l.started_at, j.started_at, j.created_at) as started_at
from labkeep.files f join labkeep.jobs j on j.id = f.job_id join labkeep.projects p on p.id = j.project_id left join labkeep.live l on l.job_id = j.id
where f.place = $1 and f.role = $2 and f.id < $3 and ($5::bigint = 0 or p.name = any($6::text[]))
  and (f.attempt is not null or f.role = 'input' or not exists (
    select 1 from labkeep.files w where w.job_id = f.job_id and w.role = 'output' and w.attempt is not null and w.place = f.place))
order by f.id desc limit $4;

-- name: list-sightings-of
-- 1 digest, 2 role, 3 before (file), 4 limit, 5 whether only some projects, 6 those; an output that was declared and written, once
select f.id, f.job_id, f.role, f.path, f.place, f.size, f.sha256, f.kind, f.attempt, f.made_at, p.name as project, j.number,
  coalesce(l.state, j.state) as state, coalesce(l.started_at, j.started_at, j.created_at) as started_at
from labkeep.files f join labkeep.jobs j on j.id = f.job_id join labkeep.projects p on p.id = j.project_id left join labkeep.live l on l.job_id = j.id
where f.sha256 = $1 and f.role = $2 and f.id < $3 and ($5::bigint = 0 or p.name = any($6::text[]))
  and (f.attempt is not null or f.role = 'input' or not exists (
    select 1 from labkeep.files w where w.job_id = f.job_id and w.role = 'output' and w.attempt is not null and w.place is not distinct from f.place and w.sha256 = f.sha256))
order by f.id desc limit $4;

-- fragment: tie-row
t.job_id, t.attempt, t.producer_job, t.producer_attempt, t.producer_file, t.found_by, t.cyclic, f.path, f.place

-- name: list-ties-up
-- 1 jobs, 2 limit: what they read, and who made it
select {tie-row}
from labkeep.ties t join labkeep.files f on f.id = t.file_id
where t.job_id = any($1::bigint[]) order by t.job_id, t.attempt, t.file_id limit $2;

-- name: list-ties-down
-- 1 jobs, 2 limit: who read what they made
select {tie-row}
from labkeep.ties t join labkeep.files f on f.id = t.file_id
where t.producer_job = any($1::bigint[]) order by t.producer_job, t.job_id, t.attempt, t.file_id
limit $2;

-- name: list-ties-ahead-{up|down}
-- 1 jobs, 2 jobs at most, 3 limit: the same of these jobs and of the next that they lead to; a row for every job
-- Each step looks up an index, whatever the planner thinks of how many jobs there are ahead.
with recursive ahead (id) as (
  select unnest($1::bigint[])
  union
  select near.id from ahead a cross join lateral (
    select t.{producer_job|job_id} as id from labkeep.ties t where t.{job_id|producer_job} = a.id and t.cyclic = 0 offset 0
  ) as near
), bounded (id) as (select id from ahead limit $2)
select a.id as of_job, {tie-row}
from bounded a left join lateral (
  select * from labkeep.ties t where t.{job_id|producer_job} = a.id offset 0
) as t on true left join labkeep.files f on f.id = t.file_id
order by a.id, t.job_id, t.attempt, t.file_id limit $3;

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
  coalesce(r.host, a.host, w.name) as host
from labkeep.files f join labkeep.jobs j on j.id = f.job_id join labkeep.projects p on p.id = j.project_id
  left join labkeep.runs r on r.job_id = f.job_id
  left join labkeep.attempts a on a.job_id = f.job_id and a.attempt = f.attempt
  left join labkeep.workers w on w.id = a.worker_id
where f.id = any($1::bigint[]);

-- name: list-inputs-tied
-- 1 job and attempt, a blank between, 2 limit each: what was read in these attempts, with what made it
select w.job_id, w.attempt, f.id, f.path, f.place, f.size, f.sha256, f.kind, f.note, t.producer_attempt, t.found_by,
  t.provisional, t.cyclic, p.name as project, j.number,
  m.path as source_path, m.place as source_place, m.sha256 as source_sha256
from (
    select split_part(pair, ' ', 1)::bigint as job_id, split_part(pair, ' ', 2)::bigint as attempt
    from unnest($1::text[]) as given (pair)
  ) as w
  cross join lateral (
    select * from labkeep.files i where i.job_id = w.job_id and i.role = 'input' order by i.id limit $2
  ) as f
  left join labkeep.ties t on t.job_id = w.job_id and t.attempt = w.attempt and t.file_id = f.id
  left join labkeep.jobs j on j.id = t.producer_job left join labkeep.projects p on p.id = j.project_id
  left join labkeep.files m on m.id = t.producer_file
order by f.id;

-- name: list-project-jobs
-- 1 project, 2 after (job), 3 limit
select id from labkeep.jobs where project_id = $1 and id > $2 and trashed_at is null order by id limit $3;

-- name: list-readings
-- 1 jobs: what each attempt read that something made, and what that was; the last attempts last
select t.job_id, t.attempt, t.producer_job, t.producer_file, f.path, coalesce(f.sha256, m.sha256) as sha256, m.place,
  f.place as read_place
from labkeep.ties t join labkeep.files f on f.id = t.file_id join labkeep.files m on m.id = t.producer_file
where t.job_id = any($1::bigint[]) and t.cyclic = 0 and t.provisional = 0
order by t.job_id, t.attempt, t.file_id;

-- name: list-last-makers
-- 1 jobs: of those not in the trash, who made last, at each place, what they made
select distinct f.job_id, coalesce((
  select g.job_id from labkeep.files g where g.place = f.place and g.made_at is not null
  order by g.made_at desc, g.id desc limit 1), f.job_id) as last_job
from labkeep.jobs j join labkeep.files f on f.job_id = j.id
where j.id = any($1::bigint[]) and j.trashed_at is null and f.made_at is not null;

-- name: list-refs
-- 1 jobs
select j.id, p.name as project, j.number from labkeep.jobs j join labkeep.projects p on p.id = j.project_id
where j.id = any($1::bigint[]);

-- name: list-steps
-- 1 jobs
select j.id, p.name as project, j.number, j.title, j.task, coalesce(l.state, j.state) as state,
  (d.body::json -> 'command')::text as command, (d.body::json -> 'parameters')::text as parameters,
  coalesce(r.executable, a.executable) as executable, coalesce(r.version, a.version) as version,
  d.body::json -> 'asks' -> 'version' -> 'command' ->> 0 as asked
from labkeep.jobs j join labkeep.projects p on p.id = j.project_id join labkeep.documents d on d.job_id = j.id
  left join labkeep.live l on l.job_id = j.id left join labkeep.runs r on r.job_id = j.id
  left join labkeep.attempts a on a.job_id = j.id and a.attempt = coalesce(l.attempt, j.attempts)
where j.id = any($1::bigint[]) order by j.id;

-- name: list-outdated
-- 1 project: how many jobs have read, in the attempt that succeeded, a release that is not current any more
select d.name as database, d.release as now, u.release as was, count(distinct u.job_id) as results
from labkeep.databases d
  join labkeep.database_uses u on u.path = d.name collate "C"
    or (u.path >= (d.name || '/') collate "C" and u.path < (d.name || '0') collate "C")
  join labkeep.jobs j on j.id = u.job_id
where d.release is not null and u.release <> d.release and j.project_id = $1 and j.trashed_at is null
  and j.state = 'succeeded' and u.attempt = j.attempts
group by d.name, d.release, u.release order by d.name collate "C", u.release collate "C";

-- name: list-uses-of-jobs
-- 1 jobs: what the last attempts of these locked
select u.job_id, u.path, u.release from labkeep.database_uses u join labkeep.jobs j on j.id = u.job_id
  left join labkeep.live l on l.job_id = j.id
where u.job_id = any($1::bigint[]) and u.attempt = coalesce(l.attempt, j.attempts)
order by u.job_id, u.path;
