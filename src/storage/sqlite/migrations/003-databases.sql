-- The catalogue. Projects, whose names are taken from the same names, have a table of their own.
create table databases (
  name text primary key,
  kind text not null,
  state text not null,
  tag text,
  description text not null,
  settings text not null,
  release text,
  declared_in text,
  created_at integer not null,
  revision integer not null
) strict, without rowid;

-- A closure lasts until it is reopened or broken; ticket: its request for the whole database.
create table closures (
  database text primary key,
  ticket integer not null,
  principal text not null,
  reason text,
  since integer not null,
  grace_ends_at integer not null,
  until integer,
  -- JSON: roles that the database itself keeps out
  enforcement text
) strict, without rowid;

create table sessions (
  id integer primary key,
  principal text not null,
  name text not null,
  host text,
  pid integer,
  opened_at integer not null,
  used_at integer not null,
  lease_ms integer not null,
  lease_ends_at integer not null,
  idle_ms integer,
  -- 1: opened for one lock, and ends with it
  for_one_lock integer not null default 0,
  ended_at integer,
  end_reason text,
  end_text text
) strict;
create index sessions_lease on sessions (lease_ends_at) where ended_at is null;
create index sessions_idle on sessions (used_at + idle_ms) where ended_at is null and idle_ms is not null;
create index sessions_open on sessions (id) where ended_at is null;
create index sessions_ended on sessions (ended_at) where ended_at is not null;

create table session_databases (
  session_id integer not null,
  database text not null,
  primary key (session_id, database)
) strict, without rowid;
create index session_databases_of on session_databases (database, session_id);

-- Requests for locks, waiting or granted (epoch). Of a session, an attempt, the head of a class of jobs, or a closure.
-- parked_on: the path on which something must change before a waiting one is looked at again.
create table lock_requests (
  ticket integer primary key,
  session_id integer,
  job_id integer,
  class_id integer,
  database text,
  locks text not null,
  epoch integer,
  requested_at integer not null,
  granted_at integer,
  wait_until integer,
  parked_on text
) strict;
create index lock_requests_session on lock_requests (session_id) where session_id is not null;
create unique index lock_requests_job on lock_requests (job_id) where job_id is not null;
create unique index lock_requests_class on lock_requests (class_id) where class_id is not null;
create index lock_requests_parked on lock_requests (parked_on, ticket) where parked_on is not null;
create index lock_requests_wait on lock_requests (wait_until) where wait_until is not null;

-- What each request holds, or waits for, on each path that it touches: intentions on the ancestors included.
create table lock_claims (
  path text not null,
  ticket integer not null,
  mode text not null,
  granted integer not null,
  class_id integer,
  primary key (path, mode, granted, ticket)
) strict, without rowid;
create index lock_claims_of on lock_claims (ticket);

-- A class whose first job waits for locks is passed by; its request is in lock_requests.
alter table classes add column parked integer;
drop index classes_head;
create index classes_head on classes (head, head_job) where head is not null and parked is null;

-- What databases an attempt reads or updates, and which release of them.
create table database_uses (
  job_id integer not null,
  attempt integer not null,
  path text not null,
  mode text not null,
  release text,
  primary key (job_id, attempt, path)
) strict, without rowid;
create index database_uses_of on database_uses (path, release, job_id);

-- Releases of databases that are directories. place: grows with each; the newest first in lists. A row lasts as long as
-- its database, also when its files are gone: a name is given once.
create table releases (
  database text not null,
  release text not null,
  place integer not null,
  state text not null,
  path text not null,
  files integer not null,
  bytes integer not null,
  sha256 text,
  pinned integer not null,
  principal text not null,
  begun_at integer not null,
  published_at integer,
  primary key (database, release)
) strict, without rowid;
create unique index releases_place on releases (database, place);
create index releases_there on releases (database, place) where state <> 'gone';

-- Tasks that workers have declared.
create table tasks (
  name text primary key,
  principal text not null,
  definition text not null,
  declared_at integer not null
) strict, without rowid;

-- Jobs that are runs of registered tasks; digest: of their parameters.
create table task_runs (
  job_id integer primary key,
  task text not null,
  digest text not null
) strict;
create index task_runs_of on task_runs (task, digest, job_id);

-- What happened to a database of the catalogue names it.
alter table events add column database text;

insert into databases (name, kind, state, tag, description, settings, release, declared_in, created_at, revision)
select name, 'project', 'on', null, '', '{}', null, null, created_at, 1 from projects where deleted_at is null;
