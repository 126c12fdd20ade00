-- name: restore-jobs
-- 1 jobs
update jobs set trashed_at = null, revision = revision + 1 where id in (select value from json_each(?1));

-- name: list-resting
-- 1 jobs, 2 their references, 3 limit: others that read their files, come after them, repeat them or are below them
select p.name as project, j.number from jobs j join projects p on p.id = j.project_id
where j.id in (
    select job_id from ties where producer_job in (select value from json_each(?1))
    union select job_id from dependencies where on_id in (select value from json_each(?1))
    union select id from jobs where rerun_of is not null and rerun_of in (select value from json_each(?2))
    union select id from jobs where parent_id is not null and parent_id in (select value from json_each(?1)))
  and not (j.id in (select value from json_each(?1)))
order by j.id limit (select ?3);

-- name: purge-jobs
-- 1 jobs
delete from jobs where id in (select value from json_each(?1));

-- name: purge-documents
-- 1 jobs
delete from documents where job_id in (select value from json_each(?1));

-- name: purge-containers
-- 1 jobs
delete from containers where job_id in (select value from json_each(?1));

-- name: purge-attempts
-- 1 jobs
delete from attempts where job_id in (select value from json_each(?1));

-- name: purge-late-reports
-- 1 jobs
delete from late_reports where job_id in (select value from json_each(?1));

-- name: purge-files
-- 1 jobs
delete from files where job_id in (select value from json_each(?1));

-- name: purge-progress
-- 1 jobs
delete from progress where job_id in (select value from json_each(?1));

-- name: purge-log
-- 1 jobs
delete from log where job_id in (select value from json_each(?1));

-- name: purge-log-sizes
-- 1 jobs
delete from log_sizes where job_id in (select value from json_each(?1));

-- name: purge-database-uses
-- 1 jobs
delete from database_uses where job_id in (select value from json_each(?1));

-- name: purge-task-runs
-- 1 jobs
delete from task_runs where job_id in (select value from json_each(?1));

-- name: purge-runs
-- 1 jobs
delete from runs where job_id in (select value from json_each(?1));

-- name: purge-annotations
-- 1 jobs
delete from annotations where job_id in (select value from json_each(?1));

-- name: purge-comments
-- 1 jobs
delete from comments where job_id in (select value from json_each(?1));

-- name: purge-words
-- 1 jobs
delete from words where job_id in (select value from json_each(?1));

-- name: purge-dependencies
-- 1 jobs: what they come after, and what comes after them
delete from dependencies where job_id in (select value from json_each(?1)) or on_id in (select value from json_each(?1));

-- name: purge-ties
-- 1 jobs: to what they read, and from those who read theirs
delete from ties where job_id in (select value from json_each(?1)) or producer_job in (select value from json_each(?1));
