-- name: insert-lock
-- 1 ticket, 2 session, 3 job, 4 class, 5 database, 6 locks (JSON), 7 epoch, 8 requested, 9 granted, 10 wait until, 11 parked on
insert into lock_requests (ticket, session_id, job_id, class_id, database, locks, epoch, requested_at, granted_at, wait_until, parked_on)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);

-- name: insert-lock-claims
-- 1 path, 2 ticket, 3 mode, 4 granted, 5 class
insert into lock_claims (path, ticket, mode, granted, class_id)
values (?1, ?2, ?3, ?4, ?5);

-- name: grant-lock
-- 1 ticket, 2 locks (JSON), 3 epoch, 4 granted at
update lock_requests set locks = ?2, epoch = ?3, granted_at = ?4, wait_until = null, parked_on = null
where ticket = ?1;

-- name: change-lock
-- 1 ticket, 2 locks (JSON), 3 epoch
update lock_requests set locks = ?2, epoch = ?3
where ticket = ?1;

-- name: park-lock
-- 1 ticket, 2 path
update lock_requests set parked_on = ?2
where ticket = ?1;

-- name: delete-lock
-- 1 ticket
delete from lock_requests where ticket = ?1;

-- name: delete-lock-claims
-- 1 ticket
delete from lock_claims where ticket = ?1;

-- name: find-lock
-- 1 ticket
select * from lock_requests where ticket = ?1;

-- name: list-locks-of-tickets
-- 1 tickets
select * from lock_requests where ticket in (select value from json_each(?1)) order by ticket;

-- name: list-locks-with-sessions
-- 1 tickets: each with the session whose it is, if it is one's
select r.*, s.* from lock_requests r left join sessions s on s.id = r.session_id
where r.ticket in (select value from json_each(?1)) order by r.ticket;

-- name: list-locks-of-session
-- 1 session
select * from lock_requests where session_id = ?1 order by ticket;

-- name: list-locks-of-jobs
-- 1 jobs
select * from lock_requests where job_id in (select value from json_each(?1)) order by ticket;

-- name: list-claims-of
-- 1 tickets
select path, ticket, mode, granted, class_id from lock_claims where ticket in (select value from json_each(?1)) order by path;

-- name: list-claims-on
-- 1 paths: all who hold something there, or wait for it
select path, ticket, mode, granted, class_id from lock_claims where path in (select value from json_each(?1));

-- name: list-standing
-- 1 what is asked, each a mode that conflicts, a blank, and its path; 2 a ticket that is left out. Of those who are alike to the rule, the first
select c.path, c.mode, c.granted, c.class_id, min(c.ticket) as ticket
from json_each(?1) as asked join lock_claims c
  on c.path = substr(asked.value, instr(asked.value, ' ') + 1) and c.mode = substr(asked.value, 1, instr(asked.value, ' ') - 1)
where c.ticket <> ?2
group by c.path, c.mode, c.granted, c.class_id;

-- name: list-parked
-- 1 paths: who waits for something there, with what it wants there itself
select r.*, c.mode as wanted from lock_requests r left join lock_claims c on c.path = r.parked_on and c.ticket = r.ticket
where r.parked_on in (select value from json_each(?1)) order by r.ticket;

-- name: list-expired-waits
-- 1 now, 2 limit
select * from lock_requests where wait_until <= ?1 order by ticket limit (select ?2);

-- name: list-locks
-- 1 after (ticket), 2 limit
select * from lock_requests where ticket > ?1 order by ticket limit (select ?2);

-- name: list-locks-touching
-- 1 path, 2 all below it begin with, 3 and end before, 4 after (ticket), 5 limit, 6 paths above it
select * from lock_requests where ticket > ?4 and ticket in (
  select ticket from lock_claims
  where path = ?1 or (path >= ?2 and path < ?3) or (path in (select value from json_each(?6)) and mode in ('S', 'SIX', 'X'))
) order by ticket limit (select ?5);

-- name: list-abilities
-- Connected workers: a class of jobs that none of them may serve sleeps.
select principal, tasks, accept from workers where state = 'connected';

-- name: list-lock-jobs
-- 1 jobs
select j.id, j.number, j.owner, p.name as project, w.name as worker, g.fraction, g.text
from jobs j join projects p on p.id = j.project_id left join live l on l.job_id = j.id
left join workers w on w.id = l.worker_id left join progress g on g.job_id = j.id where j.id in (select value from json_each(?1));

-- name: insert-session
-- 1 id, 2 principal, 3 name, 4 host, 5 pid, 6 now, 7 now, 8 lease ms, 9 lease ends, 10 idle ms, 11 for one lock
insert into sessions (id, principal, name, host, pid, opened_at, used_at, lease_ms, lease_ends_at, idle_ms, for_one_lock)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);

-- name: renew-session
-- 1 id, 2 used at, 3 lease ends
update sessions set used_at = ?2, lease_ends_at = ?3
where id = ?1;

-- name: end-session
-- 1 id, 2 ended, 3 reason, 4 text
update sessions set ended_at = ?2, end_reason = ?3, end_text = ?4
where id = ?1;

-- name: find-session
-- 1 id
select * from sessions where id = ?1;

-- name: list-sessions-by-id
-- 1 ids
select * from sessions where id in (select value from json_each(?1));

-- name: list-open-sessions
-- 1 before (id), 2 limit
select * from sessions where ended_at is null and id < ?1 order by id desc limit (select ?2);

-- name: list-all-sessions
-- 1 before (id), 2 limit
select * from sessions where id < ?1 order by id desc limit (select ?2);

-- name: list-expired-sessions
-- 1 now, 2 limit
select * from sessions where ended_at is null and lease_ends_at <= ?1 order by lease_ends_at limit (select ?2);

-- name: list-idle-sessions
-- 1 now, 2 limit
select * from sessions where ended_at is null and idle_ms is not null and used_at + idle_ms <= ?1
order by used_at + idle_ms limit (select ?2);

-- name: list-sessions-in
-- 1 database: open sessions that have it open
select s.* from session_databases d join sessions s on s.id = d.session_id where d.database = ?1;

-- name: list-sessions-locking
-- 1 database, 2 all below it begin with, 3 and end before: open sessions that hold, or wait for, something in it
select * from sessions where id in (
  select r.session_id from lock_claims c join lock_requests r on r.ticket = c.ticket
  where r.session_id is not null and (c.path = ?1 or (c.path >= ?2 and c.path < ?3))
);

-- name: open-databases
-- 1 session, 2 database
insert into session_databases (session_id, database)
values (?1, ?2)
on conflict do nothing;

-- name: leave-databases
-- 1 session, 2 database
delete from session_databases where session_id = ?1 and database = ?2;

-- name: leave-all-databases
-- 1 session
delete from session_databases where session_id = ?1;

-- name: list-databases-of-sessions
-- 1 sessions
select session_id, database from session_databases where session_id in (select value from json_each(?1)) order by database;

-- name: extend-sessions
-- 1 ms, 2 now; to a whole lease from now at most
update sessions set
  lease_ends_at = max(lease_ends_at, min(lease_ends_at + ?1, ?2 + lease_ms)), used_at = min(used_at + ?1, ?2)
where ended_at is null;

-- name: trim-sessions
-- 1 ended before
delete from sessions where ended_at < ?1;

-- name: find-lock-of-class
-- 1 class
select * from lock_requests where class_id = ?1;

-- name: list-locks-of-classes
select * from lock_requests where class_id is not null order by ticket;

-- name: park-class
-- 1 class, 2 whether it waits for locks: 1 or null
update classes set parked = ?2 where id = ?1;

-- name: delete-database-use
-- 1 job, 2 attempt
delete from database_uses where job_id = ?1 and attempt = ?2;

-- name: set-database-use
-- 1 job, 2 attempt, 3 path, 4 mode, 5 release
insert into database_uses (job_id, attempt, path, mode, release) values (?1, ?2, ?3, ?4, ?5);

-- name: list-database-uses
-- 1 job, 2 attempts that were started
select attempt, path, mode, release from database_uses where job_id = ?1 and attempt <= ?2 order by attempt, path;

-- name: list-locks-of-sessions
-- 1 sessions
select * from lock_requests where session_id in (select value from json_each(?1)) order by ticket;
