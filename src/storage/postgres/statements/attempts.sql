-- name: insert-attempts
-- 1 job, 2 attempt, 3 epoch, 4 worker, 5 started, 6 finished, 7 outcome, 8 exit code, 9 reason, 10 error, 11
-- executable, 12 its digest, 13 version
insert into labkeep.attempts (job_id, attempt, epoch, worker_id, started_at, finished_at, outcome, exit_code, reason, error,
  executable, executable_sha256, version, host, account)
select given.*, w.host, w.account
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
  $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
  as given (job_id, attempt, epoch, worker_id, started_at, finished_at, outcome, exit_code, reason, error,
    executable, executable_sha256, version)
  left join labkeep.workers w on w.id = given.worker_id;

-- name: insert-attempts-alike
-- The same for jobs that are alike in all but their ids.
-- 1 jobs, 2 attempt, 3 epoch, 4 worker, 5 started, 6 finished, 7 outcome, 8 exit code, 9 reason, 10 error, 11
-- executable, 12 its digest, 13 version
insert into labkeep.attempts (job_id, attempt, epoch, worker_id, started_at, finished_at, outcome, exit_code, reason, error,
  executable, executable_sha256, version, host, account)
select job_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
  (select host from labkeep.workers where id = $4), (select account from labkeep.workers where id = $4)
from unnest($1::bigint[]) as given (job_id);

-- name: find-attempt
-- 1 job, 2 attempt
select a.epoch, a.outcome, a.error, a.worker_id, w.principal from labkeep.attempts a left join labkeep.workers w on w.id = a.worker_id
where a.job_id = $1 and a.attempt = $2;

-- name: list-attempts
-- 1 job
select a.job_id, a.attempt, a.epoch, a.worker_id, w.name as worker, a.started_at, a.finished_at, a.outcome, a.exit_code, a.reason, a.error,
  a.host, a.account, a.executable, a.executable_sha256, a.version
from labkeep.attempts a left join labkeep.workers w on w.id = a.worker_id where a.job_id = $1 order by a.attempt;

-- name: find-last-run
-- 1 job, 2 attempts started: where and by what the last of them ran, or is running
select host, account, executable, executable_sha256, version from labkeep.attempts where job_id = $1 and attempt = $2
union all
select w.host, w.account, null, null, null from labkeep.live l join labkeep.workers w on w.id = l.worker_id
where l.job_id = $1 and l.attempt = $2 and l.state <> 'offered';

-- name: check-attempt
-- 1 job, 2 epoch: the project, number and owner, if the job runs under this epoch
select p.name as project, l.number, j.owner from labkeep.live l join labkeep.jobs j on j.id = l.job_id join labkeep.projects p on p.id = l.project_id
where l.job_id = $1 and l.epoch = $2 and l.state = 'running';

-- name: insert-late-report
-- 1 job, 2 attempt, 3 epoch, 4 outcome, 5 at, 6 body (JSON)
insert into labkeep.late_reports (job_id, attempt, epoch, outcome, at, body)
select *
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[]);

-- name: find-late-report
-- 1 job, 2 attempt, 3 epoch, 4 outcome
select id from labkeep.late_reports where job_id = $1 and attempt = $2 and epoch = $3 and outcome = $4;

-- name: list-late-reports
-- 1 job, 2 limit: oldest first
select attempt, epoch, outcome, at, body from labkeep.late_reports where job_id = $1 order by id limit $2;

-- name: set-progress
-- 1 job, 2 fraction, 3 text, 4 counts (JSON), 5 at: a fraction never falls, what is not given stays
insert into labkeep.progress (job_id, fraction, text, counts, at)
select job_id, coalesce(fraction, 0), text, counts, at
from unnest($1::bigint[], $2::double precision[], $3::text[], $4::text[], $5::bigint[])
  as given (job_id, fraction, text, counts, at)
on conflict (job_id) do update set
  fraction = greatest(progress.fraction, excluded.fraction), text = coalesce(excluded.text, progress.text),
  counts = coalesce(excluded.counts, progress.counts), at = excluded.at;

-- name: delete-progress
-- 1 job: a new attempt begins at nothing
delete from labkeep.progress where job_id = any($1::bigint[]);

-- name: find-progress
-- 1 job
select fraction, text, counts, at from labkeep.progress where job_id = $1;

-- name: find-log-size
-- 1 job, 2 attempt
select bytes from labkeep.log_sizes where job_id = $1 and attempt = $2;

-- name: set-log-size
-- 1 job, 2 attempt, 3 bytes
insert into labkeep.log_sizes (job_id, attempt, bytes)
select *
from unnest($1::bigint[], $2::bigint[], $3::bigint[])
on conflict (job_id, attempt) do update set bytes = excluded.bytes;

-- name: list-log-sequences
-- 1 job, 2 attempt, 3 sequences: those that are there
select sequence from labkeep.log where job_id = $1 and attempt = $2 and sequence = any($3::bigint[]);

-- name: find-last-output
-- 1 job, 2 attempt
select sequence from labkeep.log where job_id = $1 and attempt = $2 order by sequence desc limit 1;

-- name: insert-log
-- 1 job, 2 attempt, 3 sequence, 4 stream, 5 at, 6 data
insert into labkeep.log (job_id, attempt, sequence, stream, at, data)
select *
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bytea[]);

-- name: list-log
-- 1 job, 2 attempt, 3 after (sequence), 4 limit
select sequence, stream, at, data from labkeep.log where job_id = $1 and attempt = $2 and sequence > $3
order by sequence limit $4;

-- name: delete-log
-- 1 job, 2 attempt
delete from labkeep.log using unnest($1::bigint[], $2::bigint[]) as given (job_id, attempt)
where log.job_id = given.job_id and log.attempt = given.attempt;

-- name: delete-log-size
-- 1 job, 2 attempt
delete from labkeep.log_sizes using unnest($1::bigint[], $2::bigint[]) as given (job_id, attempt)
where log_sizes.job_id = given.job_id and log_sizes.attempt = given.attempt;

-- name: find-holder
-- 1 job, 2 principal: a worker of this principal that holds the job, or tried it
select w.id from labkeep.workers w where w.principal = $2 and (
  w.id in (select worker_id from labkeep.attempts where job_id = $1)
  or w.id in (select worker_id from labkeep.live where job_id = $1)) limit 1;
