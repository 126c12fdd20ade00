-- name: set-task
-- 1 name, 2 principal, 3 definition (JSON), 4 now
insert into labkeep.tasks (name, principal, definition, declared_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
on conflict (name) do update set definition = excluded.definition, declared_at = excluded.declared_at;

-- name: find-task
-- 1 name
select principal, definition, declared_at from labkeep.tasks where name = $1;

-- name: list-tasks
select principal, definition, declared_at from labkeep.tasks order by name;

-- name: list-workers-seen-since
-- 1 instant
select principal, tasks from labkeep.workers where lease_ends_at > $1;

-- name: delete-tasks
-- 1 name
delete from labkeep.tasks where name = any($1::text[]);

-- name: insert-task-runs
-- 1 job, 2 task, 3 digest
insert into labkeep.task_runs (job_id, task, digest)
select * from unnest($1::bigint[], $2::text[], $3::text[]);

-- name: find-task-run
-- 1 task, 2 digest: the newest
select p.name as project, j.number
from labkeep.task_runs r join labkeep.jobs j on j.id = r.job_id join labkeep.projects p on p.id = j.project_id
where r.task = $1 and r.digest = $2 and p.deleted_at is null order by r.job_id desc limit 1;

-- name: find-unfinished-task-run
-- 1 task, 2 digest
select p.name as project, j.number, l.state, g.fraction, g.text
from labkeep.task_runs r join labkeep.live l on l.job_id = r.job_id join labkeep.jobs j on j.id = r.job_id
join labkeep.projects p on p.id = j.project_id left join labkeep.progress g on g.job_id = r.job_id
where r.task = $1 and r.digest = $2 limit 1;

-- name: find-task-of-run
-- 1 job
select task, digest from labkeep.task_runs where job_id = $1;
