-- name: restore-jobs
-- 1 jobs
update labkeep.jobs set trashed_at = null, revision = revision + 1 where id = any($1::bigint[]);

-- name: list-resting
-- 1 jobs, 2 their references, 3 limit: others that read their files, come after them, repeat them or are below them
select p.name as project, j.number from labkeep.jobs j join labkeep.projects p on p.id = j.project_id
where j.id in (
    select job_id from labkeep.ties where producer_job = any($1::bigint[])
    union select job_id from labkeep.dependencies where on_id = any($1::bigint[])
    union select id from labkeep.jobs where rerun_of is not null and rerun_of = any($2::text[])
    union select id from labkeep.jobs where parent_id is not null and parent_id = any($1::bigint[]))
  and not (j.id = any($1::bigint[]))
order by j.id limit $3;

-- name: purge-jobs
-- 1 jobs
with gone as (delete from labkeep.jobs where id = any($1::bigint[]) returning project_id, state, id)
delete from labkeep.ended using gone
where ended.project_id = gone.project_id and ended.state = gone.state and ended.job_id = gone.id;

-- name: purge-documents
-- 1 jobs
delete from labkeep.documents where job_id = any($1::bigint[]);

-- name: purge-containers
-- 1 jobs
delete from labkeep.containers where job_id = any($1::bigint[]);

-- name: purge-attempts
-- 1 jobs
delete from labkeep.attempts where job_id = any($1::bigint[]);

-- name: purge-late-reports
-- 1 jobs
delete from labkeep.late_reports where job_id = any($1::bigint[]);

-- name: purge-files
-- 1 jobs
delete from labkeep.files where job_id = any($1::bigint[]);

-- name: purge-progress
-- 1 jobs
delete from labkeep.progress where job_id = any($1::bigint[]);

-- name: purge-log
-- 1 jobs
delete from labkeep.log where job_id = any($1::bigint[]);

-- name: purge-log-sizes
-- 1 jobs
delete from labkeep.log_sizes where job_id = any($1::bigint[]);

-- name: purge-database-uses
-- 1 jobs
delete from labkeep.database_uses where job_id = any($1::bigint[]);

-- name: purge-task-runs
-- 1 jobs
delete from labkeep.task_runs where job_id = any($1::bigint[]);

-- name: purge-runs
-- 1 jobs
delete from labkeep.runs where job_id = any($1::bigint[]);

-- name: purge-annotations
-- 1 jobs
delete from labkeep.annotations where job_id = any($1::bigint[]);

-- name: purge-comments
-- 1 jobs
delete from labkeep.comments where job_id = any($1::bigint[]);

-- name: purge-words
-- 1 jobs
delete from labkeep.words where job_id = any($1::bigint[]);

-- name: purge-dependencies
-- 1 jobs: what they come after, and what comes after them
delete from labkeep.dependencies where job_id = any($1::bigint[]) or on_id = any($1::bigint[]);

-- name: purge-ties
-- 1 jobs: to what they read, and from those who read theirs
delete from labkeep.ties where job_id = any($1::bigint[]) or producer_job = any($1::bigint[]);
