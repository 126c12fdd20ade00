-- The catalogue. Projects, whose names are taken from the same names, have a table of their own.
create table labkeep.databases (
  name text collate "C" primary key,
  kind text not null,
  state text not null,
  tag text,
  description text not null,
  settings text not null,
  release text,
  declared_in text,
  created_at bigint not null,
  revision bigint not null
);

-- A closure lasts until it is reopened or broken; ticket: its request for the whole database.
create table labkeep.closures (
  database text collate "C" primary key,
  ticket bigint not null,
  principal text not null,
  reason text,
  since bigint not null,
  grace_ends_at bigint not null,
  until bigint,
  -- JSON: roles that the database itself keeps out
  enforcement text
);

create table labkeep.sessions (
  id bigint primary key,
  principal text not null,
  name text not null,
  host text,
  pid bigint,
  opened_at bigint not null,
  used_at bigint not null,
  lease_ms bigint not null,
  lease_ends_at bigint not null,
  idle_ms bigint,
  -- 1: opened for one lock, and ends with it
  for_one_lock integer not null default 0,
  ended_at bigint,
  end_reason text,
  end_text text
);
create index sessions_lease on labkeep.sessions (lease_ends_at) where ended_at is null;
create index sessions_idle on labkeep.sessions ((used_at + idle_ms)) where ended_at is null and idle_ms is not null;
create index sessions_open on labkeep.sessions (id) where ended_at is null;
create index sessions_ended on labkeep.sessions (ended_at) where ended_at is not null;

create table labkeep.session_databases (
  session_id bigint not null,
  database text collate "C" not null,
  primary key (session_id, database)
);
create index session_databases_of on labkeep.session_databases (database, session_id);

-- Requests for locks, waiting or granted (epoch). Of a session, an attempt, the head of a class of jobs, or a closure.
-- parked_on: the path on which something must change before a waiting one is looked at again.
create table labkeep.lock_requests (
  ticket bigint primary key,
  session_id bigint,
  job_id bigint,
  class_id bigint,
  database text,
  locks text not null,
  epoch bigint,
  requested_at bigint not null,
  granted_at bigint,
  wait_until bigint,
  parked_on text collate "C"
);
create index lock_requests_session on labkeep.lock_requests (session_id) where session_id is not null;
create unique index lock_requests_job on labkeep.lock_requests (job_id) where job_id is not null;
create unique index lock_requests_class on labkeep.lock_requests (class_id) where class_id is not null;
create index lock_requests_parked on labkeep.lock_requests (parked_on, ticket) where parked_on is not null;
create index lock_requests_wait on labkeep.lock_requests (wait_until) where wait_until is not null;

-- What each request holds, or waits for, on each path that it touches: intentions on the ancestors included.
create table labkeep.lock_claims (
  path text collate "C" not null,
  ticket bigint not null,
  mode text not null,
  granted bigint not null,
  class_id bigint,
  primary key (path, mode, granted, ticket)
);
create index lock_claims_of on labkeep.lock_claims (ticket);

-- A class whose first job waits for locks is passed by; its request is in lock_requests.
alter table labkeep.classes add column parked bigint;
drop index labkeep.classes_head;
create index classes_head on labkeep.classes (head, head_job) where head is not null and parked is null;

-- What databases an attempt reads or updates, and which release of them.
create table labkeep.database_uses (
  job_id bigint not null,
  attempt bigint not null,
  path text collate "C" not null,
  mode text not null,
  release text,
  primary key (job_id, attempt, path)
);
create index database_uses_of on labkeep.database_uses (path, release, job_id);

-- Releases of databases that are directories. place: grows with each; the newest first in lists. A row lasts as long as
-- its database, also when its files are gone: a name is given once.
create table labkeep.releases (
  database text not null,
  release text not null,
  place bigint not null,
  state text not null,
  path text not null,
  files bigint not null,
  bytes bigint not null,
  sha256 text,
  pinned bigint not null,
  principal text not null,
  begun_at bigint not null,
  published_at bigint,
  primary key (database, release)
);
create unique index releases_place on labkeep.releases (database, place);
create index releases_there on labkeep.releases (database, place) where state <> 'gone';

-- Tasks that workers have declared.
create table labkeep.tasks (
  name text primary key,
  principal text not null,
  definition text not null,
  declared_at bigint not null
);

-- Jobs that are runs of registered tasks; digest: of their parameters.
create table labkeep.task_runs (
  job_id bigint primary key,
  task text not null,
  digest text not null
);
create index task_runs_of on labkeep.task_runs (task, digest, job_id);

-- What happened to a database of the catalogue names it.
alter table labkeep.events add column database text;

insert into labkeep.databases (name, kind, state, tag, description, settings, release, declared_in, created_at, revision)
select name, 'project', 'on', null, '', '{}', null, null, created_at, 1 from labkeep.projects where deleted_at is null;
