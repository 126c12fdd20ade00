-- name: set-task
-- 1 name, 2 principal, 3 definition (JSON), 4 now
insert into tasks (name, principal, definition, declared_at) values (?1, ?2, ?3, ?4)
on conflict (name) do update set definition = excluded.definition, declared_at = excluded.declared_at;

-- name: find-task
-- 1 name
select principal, definition, declared_at from tasks where name = ?1;

-- name: list-tasks
select principal, definition, declared_at from tasks order by name;

-- name: list-workers-seen-since
-- 1 instant
select principal, tasks from workers where lease_ends_at > ?1;

-- name: delete-tasks
-- 1 name
delete from tasks where name = ?1;

-- name: insert-task-runs
-- 1 job, 2 task, 3 digest
insert into task_runs (job_id, task, digest) values (?1, ?2, ?3);

-- name: find-task-run
-- 1 task, 2 digest: the newest
select p.name as project, j.number
from task_runs r join jobs j on j.id = r.job_id join projects p on p.id = j.project_id
where r.task = ?1 and r.digest = ?2 and p.deleted_at is null order by r.job_id desc limit 1;

-- name: find-unfinished-task-run
-- 1 task, 2 digest
select p.name as project, j.number, l.state, g.fraction, g.text
from task_runs r join live l on l.job_id = r.job_id join jobs j on j.id = r.job_id
join projects p on p.id = j.project_id left join progress g on g.job_id = r.job_id
where r.task = ?1 and r.digest = ?2 limit 1;

-- name: find-task-of-run
-- 1 job
select task, digest from task_runs where job_id = ?1;
