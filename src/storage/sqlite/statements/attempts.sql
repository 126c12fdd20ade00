-- name: insert-attempts
-- 1 jobs that are alike in the rest, 2 attempt, 3 epoch, 4 worker, 5 started, 6 finished, 7 outcome, 8 exit code, 9
-- reason, 10 error, 11 executable, 12 its digest, 13 version
insert into attempts (job_id, attempt, epoch, worker_id, started_at, finished_at, outcome, exit_code, reason, error,
  executable, executable_sha256, version, host, account)
select value, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
  (select host from workers where id = ?4), (select account from workers where id = ?4)
from json_each(?1);

-- name: find-attempt
-- 1 job, 2 attempt
select a.epoch, a.outcome, a.error, a.worker_id, w.principal from attempts a left join workers w on w.id = a.worker_id
where a.job_id = ?1 and a.attempt = ?2;

-- name: list-attempts
-- 1 job
select a.job_id, a.attempt, a.epoch, a.worker_id, w.name as worker, a.started_at, a.finished_at, a.outcome, a.exit_code, a.reason, a.error,
  a.host, a.account, a.executable, a.executable_sha256, a.version
from attempts a left join workers w on w.id = a.worker_id where a.job_id = ?1 order by a.attempt;

-- name: find-last-run
-- 1 job, 2 attempts started: where and by what the last of them ran, or is running
select host, account, executable, executable_sha256, version from attempts where job_id = ?1 and attempt = ?2
union all
select w.host, w.account, null, null, null from live l join workers w on w.id = l.worker_id
where l.job_id = ?1 and l.attempt = ?2 and l.state <> 'offered';

-- name: check-attempt
-- 1 job, 2 epoch: the project, number and owner, if the job runs under this epoch
select p.name as project, l.number, j.owner from live l join jobs j on j.id = l.job_id join projects p on p.id = l.project_id
where l.job_id = ?1 and l.epoch = ?2 and l.state = 'running';

-- name: insert-late-report
-- 1 job, 2 attempt, 3 epoch, 4 outcome, 5 at, 6 body (JSON)
insert into late_reports (job_id, attempt, epoch, outcome, at, body) values (?1, ?2, ?3, ?4, ?5, ?6);

-- name: find-late-report
-- 1 job, 2 attempt, 3 epoch, 4 outcome
select id from late_reports where job_id = ?1 and attempt = ?2 and epoch = ?3 and outcome = ?4;

-- name: list-late-reports
-- 1 job, 2 limit: oldest first
select attempt, epoch, outcome, at, body from late_reports where job_id = ?1 order by id limit ?2;

-- name: set-progress
-- 1 job, 2 fraction, 3 text, 4 counts (JSON), 5 at: a fraction never falls, what is not given stays
insert into progress (job_id, fraction, text, counts, at) values (?1, coalesce(?2, 0), ?3, ?4, ?5)
on conflict (job_id) do update set
  fraction = max(fraction, excluded.fraction), text = coalesce(excluded.text, text),
  counts = coalesce(excluded.counts, counts), at = excluded.at;

-- name: delete-progress
-- 1 job: a new attempt begins at nothing
delete from progress where job_id = ?1;

-- name: find-progress
-- 1 job
select fraction, text, counts, at from progress where job_id = ?1;

-- name: find-log-size
-- 1 job, 2 attempt
select bytes from log_sizes where job_id = ?1 and attempt = ?2;

-- name: set-log-size
-- 1 job, 2 attempt, 3 bytes
insert into log_sizes (job_id, attempt, bytes) values (?1, ?2, ?3)
on conflict (job_id, attempt) do update set bytes = excluded.bytes;

-- name: list-log-sequences
-- 1 job, 2 attempt, 3 sequences: those that are there
select sequence from log where job_id = ?1 and attempt = ?2 and sequence in (select value from json_each(?3));

-- name: find-last-output
-- 1 job, 2 attempt
select sequence from log where job_id = ?1 and attempt = ?2 order by sequence desc limit 1;

-- name: insert-log
-- 1 job, 2 attempt, 3 sequence, 4 stream, 5 at, 6 data
insert into log (job_id, attempt, sequence, stream, at, data) values (?1, ?2, ?3, ?4, ?5, ?6);

-- name: list-log
-- 1 job, 2 attempt, 3 after (sequence), 4 limit
select sequence, stream, at, data from log where job_id = ?1 and attempt = ?2 and sequence > ?3
order by sequence limit (select ?4);

-- name: delete-log
-- 1 job, 2 attempt
delete from log where job_id = ?1 and attempt = ?2;

-- name: delete-log-size
-- 1 job, 2 attempt
delete from log_sizes where job_id = ?1 and attempt = ?2;

-- name: find-holder
-- 1 job, 2 principal: a worker of this principal that holds the job, or tried it
select w.id from workers w where w.principal = ?2 and (
  w.id in (select worker_id from attempts where job_id = ?1)
  or w.id in (select worker_id from live where job_id = ?1)) limit 1;
