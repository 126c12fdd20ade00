-- name: find-run-by-key
-- 1 key
select job_id, lease_ms from labkeep.runs where key = $1;

-- name: find-run
-- 1 job
select job_id, host, account, executable, executable_sha256, version, lease_ms from labkeep.runs where job_id = $1;

-- name: insert-run
-- 1 job, 2 key, 3 host, 4 account, 5 executable, 6 its digest, 7 version, 8 lease (ms)
insert into labkeep.runs (job_id, key, host, account, executable, executable_sha256, version, lease_ms)
select *
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[]);

-- name: set-run-facts
-- 1 job, 2 executable, 3 its digest, 4 version
update labkeep.runs set executable = given.executable, executable_sha256 = given.executable_sha256, version = given.version
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as given (job_id, executable, executable_sha256, version)
where runs.job_id = given.job_id;

-- name: mark-recorded
-- 1 job
update labkeep.jobs set origin = 'recorded' where id = any($1::bigint[]);

-- name: set-run-lease
-- 1 job, 2 lease ends, 3 due, 4 epoch
update labkeep.live set lease_ends_at = given.lease_ends_at, due_at = given.due_at, epoch = given.epoch
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) as given (job_id, lease_ends_at, due_at, epoch)
where live.job_id = given.job_id;

-- name: list-leased
-- The unfinished recorded runs.
select l.*, r.lease_ms from labkeep.live l join labkeep.runs r on r.job_id = l.job_id
where l.lease_ends_at is not null order by l.job_id;

-- name: set-run-end
-- 1 job, 2 finished: as it was told
update labkeep.jobs set finished_at = given.finished_at
from unnest($1::bigint[], $2::bigint[]) as given (id, finished_at)
where jobs.id = given.id;

-- name: set-attempt-end
-- 1 job, 2 attempt, 3 finished: as it was told
update labkeep.attempts set finished_at = given.finished_at
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as given (job_id, attempt, finished_at)
where attempts.job_id = given.job_id and attempts.attempt = given.attempt;

-- name: list-projects-holding
-- 1 paths: the projects with one of these directories, the oldest first
select p.name, d.path from labkeep.directories d join labkeep.projects p on p.id = d.project_id
where d.path = any($1::text[]) and d.alias = '' and p.directory is not null and p.deleted_at is null
order by d.id;

-- name: keep-former-directory
-- 1 project, 2 alias, 3 path that it gets, 4 now
insert into labkeep.former_directories (directory_id, path, until)
select d.id, d.path, given.until
from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) as given (project_id, alias, path, until)
  join labkeep.directories d on d.project_id = given.project_id and d.alias = given.alias and d.path <> given.path
on conflict do nothing;

-- name: set-directory
-- 1 project, 2 alias, 3 path
insert into labkeep.directories (project_id, alias, path)
select *
from unnest($1::bigint[], $2::text[], $3::text[])
on conflict (project_id, alias) do update set path = excluded.path;

-- name: insert-files
-- 1 job, 2 role, 3 path, 4 size, 5 sha256, 6 attempt, 7 place, 8 kind, 9 note, 10 made
insert into labkeep.files (job_id, role, path, size, sha256, attempt, place, kind, note, made_at)
select *
from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::text[],
  $9::text[], $10::bigint[]);

-- name: list-inputs
-- 1 jobs
select id, job_id, path, size, sha256, kind, note, place from labkeep.files
where job_id = any($1::bigint[]) and role = 'input' order by id;

-- name: set-file-facts
-- 1 file, 2 size, 3 sha256, 4 kind, 5 note
update labkeep.files set size = given.size, sha256 = given.sha256, kind = given.kind, note = given.note
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[]) as given (id, size, sha256, kind, note)
where files.id = given.id;

-- name: delete-files
-- 1 file
delete from labkeep.files where id = any($1::bigint[]);
