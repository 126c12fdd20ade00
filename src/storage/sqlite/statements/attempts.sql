-- name: insert-attempts
-- 1 jobs that are alike in the rest, 2 attempt, 3 epoch, 4 worker, 5 started, 6 finished, 7 outcome, 8 exit code, 9
-- reason, 10 error
insert into attempts (job_id, attempt, epoch, worker_id, started_at, finished_at, outcome, exit_code, reason, error)
select value, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 from json_each(?1);

-- name: find-attempt
-- 1 job, 2 attempt
select a.epoch, a.outcome, a.error, a.worker_id, w.principal from attempts a left join workers w on w.id = a.worker_id
where a.job_id = ?1 and a.attempt = ?2;

-- name: list-attempts
-- 1 job
select a.job_id, a.attempt, a.epoch, a.worker_id, w.name as worker, a.started_at, a.finished_at, a.outcome, a.exit_code, a.reason, a.error
from attempts a left join workers w on w.id = a.worker_id where a.job_id = ?1 order by a.attempt;

-- name: check-attempt
-- 1 job, 2 epoch: the project, number and owner, if the job runs under this epoch
select p.name as project, l.number, j.owner from live l join jobs j on j.id = l.job_id join projects p on p.id = l.project_id
where l.job_id = ?1 and l.epoch = ?2 and l.state = 'running';

-- name: insert-late-report
-- 1 job, 2 attempt, 3 epoch, 4 at, 5 body (JSON)
insert into late_reports (job_id, attempt, epoch, at, body) values (?1, ?2, ?3, ?4, ?5);

-- name: set-progress
-- 1 job, 2 fraction, 3 text, 4 at: a fraction never falls, a text that is not given stays
insert into progress (job_id, fraction, text, at) values (?1, coalesce(?2, 0), ?3, ?4)
on conflict (job_id) do update set
  fraction = max(fraction, excluded.fraction), text = coalesce(excluded.text, text), at = excluded.at;

-- name: delete-progress
-- 1 job: a new attempt begins at nothing
delete from progress where job_id = ?1;

-- name: find-progress
-- 1 job
select fraction, text, at from progress where job_id = ?1;

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
