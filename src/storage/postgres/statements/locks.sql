-- name: insert-lock
-- 1 ticket, 2 session, 3 job, 4 class, 5 database, 6 locks (JSON), 7 epoch, 8 requested, 9 granted, 10 wait until, 11 parked on
insert into labkeep.lock_requests (ticket, session_id, job_id, class_id, database, locks, epoch, requested_at, granted_at, wait_until, parked_on)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[]);

-- name: insert-lock-claims
-- 1 path, 2 ticket, 3 mode, 4 granted, 5 class
insert into labkeep.lock_claims (path, ticket, mode, granted, class_id)
select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[]);

-- name: grant-lock
-- 1 ticket, 2 locks (JSON), 3 epoch, 4 granted at
update labkeep.lock_requests set locks = given.locks, epoch = given.epoch, granted_at = given.granted_at, wait_until = null, parked_on = null
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) as given (ticket, locks, epoch, granted_at)
where lock_requests.ticket = given.ticket;

-- name: change-lock
-- 1 ticket, 2 locks (JSON), 3 epoch
update labkeep.lock_requests set locks = given.locks, epoch = given.epoch
from unnest($1::bigint[], $2::text[], $3::bigint[]) as given (ticket, locks, epoch)
where lock_requests.ticket = given.ticket;

-- name: park-lock
-- 1 ticket, 2 path
update labkeep.lock_requests set parked_on = given.parked_on
from unnest($1::bigint[], $2::text[]) as given (ticket, parked_on)
where lock_requests.ticket = given.ticket;

-- name: delete-lock
-- 1 ticket
delete from labkeep.lock_requests using unnest($1::bigint[]) as given (ticket)
where lock_requests.ticket = given.ticket;

-- name: delete-lock-claims
-- 1 ticket
delete from labkeep.lock_claims using unnest($1::bigint[]) as given (ticket)
where lock_claims.ticket = given.ticket;

-- name: find-lock
-- 1 ticket
select * from labkeep.lock_requests where ticket = $1;

-- name: list-locks-of-tickets
-- 1 tickets
select * from labkeep.lock_requests where ticket = any($1::bigint[]) order by ticket;

-- name: list-locks-with-sessions
-- 1 tickets: each with the session whose it is, if it is one's
select r.*, s.* from labkeep.lock_requests r left join labkeep.sessions s on s.id = r.session_id
where r.ticket = any($1::bigint[]) order by r.ticket;

-- name: list-locks-of-session
-- 1 session
select * from labkeep.lock_requests where session_id = $1 order by ticket;

-- name: list-locks-of-jobs
-- 1 jobs
select * from labkeep.lock_requests where job_id = any($1::bigint[]) order by ticket;

-- name: list-claims-of
-- 1 tickets
select path, ticket, mode, granted, class_id from labkeep.lock_claims where ticket = any($1::bigint[]) order by path;

-- name: list-claims-on
-- 1 paths: all who hold something there, or wait for it
select path, ticket, mode, granted, class_id from labkeep.lock_claims where path = any($1::text[]);

-- name: list-standing
-- 1 what is asked, each a mode that conflicts, a blank, and its path; 2 a ticket that is left out. Of those who are alike to the rule, the first
select c.path, c.mode, c.granted, c.class_id, min(c.ticket) as ticket
from unnest($1::text[]) as asked join labkeep.lock_claims c
  on c.path = substr(asked, strpos(asked, ' ') + 1) collate "C" and c.mode = split_part(asked, ' ', 1)
where c.ticket <> $2
group by c.path, c.mode, c.granted, c.class_id;

-- name: list-parked
-- 1 paths: who waits for something there, with what it wants there itself
select r.*, c.mode as wanted from labkeep.lock_requests r left join labkeep.lock_claims c on c.path = r.parked_on and c.ticket = r.ticket
where r.parked_on = any($1::text[]) order by r.ticket;

-- name: list-expired-waits
-- 1 now, 2 limit
select * from labkeep.lock_requests where wait_until <= $1 order by ticket limit $2;

-- name: list-locks
-- 1 after (ticket), 2 limit
select * from labkeep.lock_requests where ticket > $1 order by ticket limit $2;

-- name: list-locks-touching
-- 1 path, 2 all below it begin with, 3 and end before, 4 after (ticket), 5 limit, 6 paths above it
select * from labkeep.lock_requests where ticket > $4 and ticket in (
  select ticket from labkeep.lock_claims
  where path = $1 or (path >= $2 and path < $3) or (path = any($6::text[]) and mode in ('S', 'SIX', 'X'))
) order by ticket limit $5;

-- name: list-abilities
-- Connected workers: a class of jobs that none of them may serve sleeps.
select principal, tasks, accept from labkeep.workers where state = 'connected';

-- name: list-lock-jobs
-- 1 jobs
select j.id, j.number, j.owner, p.name as project, w.name as worker, g.fraction, g.text
from labkeep.jobs j join labkeep.projects p on p.id = j.project_id left join labkeep.live l on l.job_id = j.id
left join labkeep.workers w on w.id = l.worker_id left join labkeep.progress g on g.job_id = j.id where j.id = any($1::bigint[]);

-- name: insert-session
-- 1 id, 2 principal, 3 name, 4 host, 5 pid, 6 now, 7 now, 8 lease ms, 9 lease ends, 10 idle ms, 11 for one lock
insert into labkeep.sessions (id, principal, name, host, pid, opened_at, used_at, lease_ms, lease_ends_at, idle_ms, for_one_lock)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::integer[]);

-- name: renew-session
-- 1 id, 2 used at, 3 lease ends
update labkeep.sessions set used_at = given.used_at, lease_ends_at = given.lease_ends_at
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as given (id, used_at, lease_ends_at)
where sessions.id = given.id;

-- name: end-session
-- 1 id, 2 ended, 3 reason, 4 text
update labkeep.sessions set ended_at = given.ended_at, end_reason = given.end_reason, end_text = given.end_text
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) as given (id, ended_at, end_reason, end_text)
where sessions.id = given.id;

-- name: find-session
-- 1 id
select * from labkeep.sessions where id = $1;

-- name: list-sessions-by-id
-- 1 ids
select * from labkeep.sessions where id = any($1::bigint[]);

-- name: list-open-sessions
-- 1 before (id), 2 limit
select * from labkeep.sessions where ended_at is null and id < $1 order by id desc limit $2;

-- name: list-all-sessions
-- 1 before (id), 2 limit
select * from labkeep.sessions where id < $1 order by id desc limit $2;

-- name: list-expired-sessions
-- 1 now, 2 limit
select * from labkeep.sessions where ended_at is null and lease_ends_at <= $1 order by lease_ends_at limit $2;

-- name: list-idle-sessions
-- 1 now, 2 limit
select * from labkeep.sessions where ended_at is null and idle_ms is not null and used_at + idle_ms <= $1
order by used_at + idle_ms limit $2;

-- name: list-sessions-in
-- 1 database: open sessions that have it open
select s.* from labkeep.session_databases d join labkeep.sessions s on s.id = d.session_id where d.database = $1;

-- name: list-sessions-locking
-- 1 database, 2 all below it begin with, 3 and end before: open sessions that hold, or wait for, something in it
select * from labkeep.sessions where id in (
  select r.session_id from labkeep.lock_claims c join labkeep.lock_requests r on r.ticket = c.ticket
  where r.session_id is not null and (c.path = $1 or (c.path >= $2 and c.path < $3))
);

-- name: open-databases
-- 1 session, 2 database
insert into labkeep.session_databases (session_id, database)
select * from unnest($1::bigint[], $2::text[])
on conflict do nothing;

-- name: leave-databases
-- 1 session, 2 database
delete from labkeep.session_databases using unnest($1::bigint[], $2::text[]) as given (session_id, database)
where session_databases.session_id = given.session_id and session_databases.database = given.database;

-- name: leave-all-databases
-- 1 session
delete from labkeep.session_databases using unnest($1::bigint[]) as given (session_id)
where session_databases.session_id = given.session_id;

-- name: list-databases-of-sessions
-- 1 sessions
select session_id, database from labkeep.session_databases where session_id = any($1::bigint[]) order by database;

-- name: extend-sessions
-- 1 ms, 2 now; to a whole lease from now at most
update labkeep.sessions set
  lease_ends_at = greatest(lease_ends_at, least(lease_ends_at + given.ms, given.now + lease_ms)),
  used_at = least(used_at + given.ms, given.now)
from unnest($1::bigint[], $2::bigint[]) as given (ms, now) where ended_at is null;

-- name: trim-sessions
-- 1 ended before
delete from labkeep.sessions where ended_at < any($1::bigint[]);

-- name: find-lock-of-class
-- 1 class
select * from labkeep.lock_requests where class_id = $1;

-- name: list-locks-of-classes
select * from labkeep.lock_requests where class_id is not null order by ticket;

-- name: park-class
-- 1 class, 2 whether it waits for locks: 1 or null
update labkeep.classes set parked = given.parked from unnest($1::bigint[], $2::bigint[]) as given (id, parked)
where classes.id = given.id;

-- name: delete-database-use
-- 1 job, 2 attempt
delete from labkeep.database_uses using unnest($1::bigint[], $2::bigint[]) as given (job_id, attempt)
where database_uses.job_id = given.job_id and database_uses.attempt = given.attempt;

-- name: set-database-use
-- 1 job, 2 attempt, 3 path, 4 mode, 5 release
insert into labkeep.database_uses (job_id, attempt, path, mode, release)
select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[]);

-- name: list-database-uses
-- 1 job, 2 attempts that were started
select attempt, path, mode, release from labkeep.database_uses where job_id = $1 and attempt <= $2 order by attempt, path;

-- name: list-locks-of-sessions
-- 1 sessions
select * from labkeep.lock_requests where session_id = any($1::bigint[]) order by ticket;
