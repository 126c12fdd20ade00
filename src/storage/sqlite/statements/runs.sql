-- name: find-run-by-key
-- 1 key
select job_id, lease_ms from runs where key = ?1;

-- name: find-run
-- 1 job
select job_id, host, account, executable, executable_sha256, version, lease_ms from runs where job_id = ?1;

-- name: insert-run
-- 1 job, 2 key, 3 host, 4 account, 5 executable, 6 its digest, 7 version, 8 lease (ms)
insert into runs (job_id, key, host, account, executable, executable_sha256, version, lease_ms)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: set-run-facts
-- 1 job, 2 executable, 3 its digest, 4 version
update runs set executable = ?2, executable_sha256 = ?3, version = ?4 where job_id = ?1;

-- name: mark-recorded
-- 1 job
update jobs set origin = 'recorded' where id = ?1;

-- name: set-run-lease
-- 1 job, 2 lease ends, 3 due, 4 epoch
update live set lease_ends_at = ?2, due_at = ?3, epoch = ?4 where job_id = ?1;

-- name: list-leased
-- The unfinished recorded runs.
select l.*, r.lease_ms from live l join runs r on r.job_id = l.job_id where l.lease_ends_at is not null order by l.job_id;

-- name: set-run-end
-- 1 job, 2 finished: as it was told
update jobs set finished_at = ?2 where id = ?1;

-- name: set-attempt-end
-- 1 job, 2 attempt, 3 finished: as it was told
update attempts set finished_at = ?3 where job_id = ?1 and attempt = ?2;

-- name: list-projects-holding
-- 1 paths: the projects with one of these directories, the oldest first
select p.name, d.path from directories d join projects p on p.id = d.project_id
where d.path in (select value from json_each(?1)) and d.alias = '' and p.directory is not null and p.deleted_at is null
order by d.id;

-- name: keep-former-directory
-- 1 project, 2 alias, 3 path that it gets, 4 now
insert or ignore into former_directories (directory_id, path, until)
select id, path, ?4 from directories where project_id = ?1 and alias = ?2 and path <> ?3;

-- name: set-directory
-- 1 project, 2 alias, 3 path
insert into directories (project_id, alias, path) values (?1, ?2, ?3)
on conflict (project_id, alias) do update set path = excluded.path;

-- name: insert-files
-- 1 job, 2 role, 3 path, 4 size, 5 sha256, 6 attempt, 7 place, 8 kind, 9 note, 10 made
insert into files (job_id, role, path, size, sha256, attempt, place, kind, note, made_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: list-inputs
-- 1 jobs
select id, job_id, path, size, sha256, kind, note, place from files
where job_id in (select value from json_each(?1)) and role = 'input' order by id;

-- name: set-file-facts
-- 1 file, 2 size, 3 sha256, 4 kind, 5 note
update files set size = ?2, sha256 = ?3, kind = ?4, note = ?5 where id = ?1;

-- name: delete-files
-- 1 file
delete from files where id = ?1;
