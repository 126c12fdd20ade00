-- Selections. pick-…: jobs of one kind by an index in their order; gather-…: without an order; where-…: conditions on
-- a job j with its live row l, which are put together behind filter-jobs, each true or false. “offset 0” keeps
-- a condition one look at an index for each job: as a join it is planned for the whole table. “+ 0” keeps
-- a column from being looked up: the jobs to filter are, and nothing else.

-- name: filter-jobs
-- 1 jobs, 2 whether in the trash (0 or 1), 3 project. The conditions of a selection follow the last “and”.
select j.id from labkeep.jobs j left join labkeep.live l on l.job_id = j.id
where j.id = any($1::bigint[]) and (case when j.trashed_at is null then 0 else 1 end) = $2::bigint and j.project_id + 0 = $3::bigint and;

-- name: pick-jobs-{oldest|newest}
-- 1 project, 2 after (job), 3 before (job), 4 limit
select id from labkeep.jobs
where project_id = $1 and trashed_at is null and id > $2 and id < $3
order by id {asc|desc} limit $4;

-- name: pick-trash-{oldest|newest}
-- 1 project, 2 after (job), 3 before (job), 4 limit
select id from labkeep.jobs
where project_id = $1 and trashed_at is not null and id > $2 and id < $3
order by id {asc|desc} limit $4;

-- name: pick-tag-{oldest|newest}
-- 1 project, 2 tag, 3 after (job), 4 before (job), 5 limit
select job_id as id from labkeep.job_tags
where project_id = $1 and tag = $2 and job_id > $3 and job_id < $4
order by job_id {asc|desc} limit $5;

-- name: pick-rating-{oldest|newest}
-- 1 project, 2 rating, 3 after (job), 4 before (job), 5 limit
select job_id as id from labkeep.annotations
where project_id = $1 and rating = $2 and rating is not null and job_id > $3 and job_id < $4
order by job_id {asc|desc} limit $5;

-- name: pick-word-{oldest|newest}
-- 1 project, 2 word, 3 after (job), 4 before (job), 5 limit
select job_id as id from labkeep.words
where project_id = $1 and word = $2 and job_id > $3 and job_id < $4
order by job_id {asc|desc} limit $5;

-- name: pick-task-{oldest|newest}
-- 1 project, 2 task, 3 after (job), 4 before (job), 5 limit
select id from labkeep.jobs
where project_id = $1 and task = $2 and task is not null and id > $3 and id < $4
order by id {asc|desc} limit $5;

-- name: pick-ended-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 before (job), 5 limit
select job_id as id from labkeep.ended
where project_id = $1 and state = $2 and job_id > $3 and job_id < $4
order by job_id {asc|desc} limit $5;

-- name: pick-ready-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 before (job), 5 limit
select job_id as id from labkeep.live
where rank is not null and project_id = $1 and state = $2 and job_id > $3 and job_id < $4
order by job_id {asc|desc} limit $5;

-- name: pick-idle-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 before (job), 5 limit
select job_id as id from labkeep.live
where rank is null and worker_id is null and project_id = $1 and state = $2 and job_id > $3 and job_id < $4
order by job_id {asc|desc} limit $5;

-- name: pick-held-{oldest|newest}
-- 1 project, 2 state, 3 after (job), 4 before (job), 5 limit
select job_id as id from labkeep.live
where worker_id is not null and project_id = $1 and state = $2 and job_id > $3 and job_id < $4
order by job_id {asc|desc} limit $5;

-- name: pick-children-{oldest|newest}
-- 1 project, 2 number of the parent, 3 after (job), 4 before (job), 5 limit
select id from labkeep.jobs
where parent_id = (select id from labkeep.jobs where project_id = $1 and number = $2) and parent_id is not null and id > $3 and id < $4
order by id {asc|desc} limit $5;

-- name: pick-least
-- 1 project, 2 number, 3 from, 4 to, 5 value and 6 job to go on from, 7 limit
select job_id as id, value from labkeep.job_numbers
where project_id = $1 and name = $2 and value between $3::double precision and $4::double precision
  and (value, job_id) > ($5::double precision, $6::bigint)
order by value asc, job_id asc limit $7;

-- name: pick-greatest
-- 1 project, 2 number, 3 from, 4 to, 5 value and 6 job to go on from, 7 limit
select job_id as id, value from labkeep.job_numbers
where project_id = $1 and name = $2 and value between $3::double precision and $4::double precision
  and (value, job_id) < ($5::double precision, $6::bigint)
order by value desc, job_id desc limit $7;

-- name: gather-number
-- 1 project, 2 number, 3 from, 4 to, 5 limit
select job_id as id from labkeep.job_numbers
where project_id = $1 and name = $2 and value between $3::double precision and $4::double precision limit $5;

-- name: gather-prefix
-- 1 project, 2 beginning, 3 the first word beyond it, 4 limit
select job_id as id from labkeep.words where project_id = $1 and word >= $2 and word < $3 limit $4;

-- name: list-values
-- 1 number, 2 jobs
select job_id as id, value from labkeep.job_numbers where name = $1 and job_id = any($2::bigint[]);

-- name: list-created-from
-- 1 project, 2 jobs: when the first of the project was created that is not before each
select given.value as id, (
  select j.created_at from labkeep.jobs j where j.project_id = $1 and j.id >= given.value order by j.id limit 1
) as created_at
from unnest($2::bigint[]) as given (value);

-- name: find-last-job
-- 1 project
select max(id) as id from labkeep.jobs where project_id = $1;

-- name: where-state
-- 1 states
coalesce(l.state, j.state) = any($1::text[]);

-- name: where-reason
-- 1 reasons; empty: without
coalesce(case when l.job_id is null then j.reason else l.reason end, '') = any($1::text[]);

-- name: where-origin
-- 1 origins
coalesce(j.origin, 'queued') = any($1::text[]);

-- name: where-task
-- 1 tasks; empty: without
coalesce(j.task, '') = any($1::text[]);

-- name: where-owner
-- 1 owners
j.owner = any($1::text[]);

-- name: where-queue
-- 1 queues
j.queue = any($1::text[]);

-- name: where-parent
-- 1 numbers; empty: without
coalesce((select p.number from labkeep.jobs p where p.id = j.parent_id), '') = any($1::text[]);

-- name: where-rating
-- 1 ratings; empty: without
coalesce((select a.rating from labkeep.annotations a where a.job_id = j.id), '') = any($1::text[]);

-- name: where-tag
-- 1 tags
exists (select 1 from labkeep.job_tags t where t.project_id = j.project_id and t.tag = any($1::text[]) and t.job_id = j.id offset 0);

-- name: where-untagged
-- no parameter
not exists (select 1 from labkeep.annotations a where a.job_id = j.id and a.tags <> '[]' offset 0);

-- name: where-priority
-- 1 from, 2 to
(j.priority) between $1::double precision and $2::double precision;

-- name: where-attempts
-- 1 from, 2 to
(coalesce(l.attempt, j.attempts)) between $1::double precision and $2::double precision;

-- name: where-exit
-- 1 from, 2 to
coalesce((case when l.job_id is null then j.exit_code end) between $1::double precision and $2::double precision, false);

-- name: where-no-exit
-- no parameter
(case when l.job_id is null then j.exit_code end) is null;

-- name: where-created
-- 1 from, 2 to
(j.created_at) between $1::double precision and $2::double precision;

-- name: where-submitted
-- 1 from, 2 to
coalesce((j.submitted_at) between $1::double precision and $2::double precision, false);

-- name: where-no-submitted
-- no parameter
(j.submitted_at) is null;

-- name: where-started
-- 1 from, 2 to
coalesce((case when l.job_id is null then j.started_at else l.started_at end) between $1::double precision and $2::double precision, false);

-- name: where-no-started
-- no parameter
(case when l.job_id is null then j.started_at else l.started_at end) is null;

-- name: where-finished
-- 1 from, 2 to
coalesce((case when l.job_id is null then j.finished_at end) between $1::double precision and $2::double precision, false);

-- name: where-no-finished
-- no parameter
(case when l.job_id is null then j.finished_at end) is null;

-- name: where-number
-- 1 name, 2 from, 3 to
exists (select 1 from labkeep.job_numbers n where n.job_id = j.id and n.name = $1 and n.value between $2::double precision and $3::double precision offset 0);

-- name: where-no-number
-- 1 name
not exists (select 1 from labkeep.job_numbers n where n.job_id = j.id and n.name = $1 offset 0);

-- name: where-word
-- 1 word
exists (select 1 from labkeep.words w where w.project_id = j.project_id and w.word = $1 and w.job_id = j.id offset 0);

-- name: where-prefix
-- 1 beginning, 2 the first word beyond it
exists (select 1 from labkeep.words w where w.job_id = j.id and w.word >= $1 and w.word < $2 offset 0);

-- name: where-among
-- 1 jobs
j.id + 0 = any($1::bigint[]);

-- name: gather-places
-- 1 role, 2 places, 3 limit: jobs that read, or wrote, what is there
select f.job_id as id from labkeep.files f
where f.place = any($2::text[]) and f.place is not null and f.role = $1 and (f.role = 'input' or f.attempt is not null) limit $3;

-- name: gather-contents
-- 1 role, 2 digests, 3 limit: the same by content
select f.job_id as id from labkeep.files f
where f.sha256 = any($2::text[]) and f.sha256 is not null and f.role = $1 and (f.role = 'input' or f.attempt is not null) limit $3;

-- name: where-places
-- 1 role, 2 places
exists (select 1 from labkeep.files f where f.job_id = j.id and f.role = $1 and f.place = any($2::text[])
  and (f.role = 'input' or f.attempt is not null) offset 0);

-- name: where-contents
-- 1 role, 2 digests
exists (select 1 from labkeep.files f where f.job_id = j.id and f.role = $1 and f.sha256 = any($2::text[])
  and (f.role = 'input' or f.attempt is not null) offset 0);

-- name: gather-ancestors
-- 1 jobs, 2 limit: all that they rest on
with recursive kin (id) as (
  select t.producer_job from labkeep.ties t where t.job_id = any($1::bigint[]) and t.cyclic = 0
  union select t.producer_job from kin k join labkeep.ties t on t.job_id = k.id where t.cyclic = 0
)
select id from kin limit $2;

-- name: gather-descendants
-- 1 jobs, 2 limit: all that rest on them
with recursive kin (id) as (
  select t.job_id from labkeep.ties t where t.producer_job = any($1::bigint[]) and t.cyclic = 0
  union select t.job_id from kin k join labkeep.ties t on t.producer_job = k.id where t.cyclic = 0
)
select id from kin limit $2;

-- name: list-names-tag
-- 1 project, 2 limit: each once, by a step of the index for each
with recursive names (name) as (
  select min(tag) from labkeep.job_tags where project_id = $1
  union all
  select (select min(t.tag) from labkeep.job_tags t where t.project_id = $1 and t.tag > n.name)
  from names n where n.name is not null
)
select name from names where name is not null limit $2;

-- name: list-names-number
-- 1 project, 2 limit: each once, by a step of the index for each
with recursive names (name) as (
  select min(name) from labkeep.job_numbers where project_id = $1
  union all
  select (select min(t.name) from labkeep.job_numbers t where t.project_id = $1 and t.name > n.name)
  from names n where n.name is not null
)
select name from names where name is not null limit $2;

-- name: list-names-task
-- 1 project, 2 limit: each once, by a step of the index for each
with recursive names (name) as (
  select min(task) from labkeep.jobs where project_id = $1 and task is not null
  union all
  select (select min(t.task) from labkeep.jobs t where t.project_id = $1 and t.task > n.name and t.task is not null)
  from names n where n.name is not null
)
select name from names where name is not null limit $2;
