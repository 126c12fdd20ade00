-- The one row of counters: what may never be given twice, and where the record of events stands.
create table server_state (
  singleton integer primary key check (singleton = 1),
  incarnation text not null,
  event integer not null,
  events_from integer not null,
  epoch integer not null,
  epochs_from integer not null,
  restored_at integer,
  job integer not null,
  numbers_from integer not null default 0,
  clock integer not null,
  swept_at integer not null,
  signing_key text not null
) strict;

create table projects (
  id integer primary key,
  name text not null unique,
  title text,
  directory text,
  owner text not null,
  metadata text not null,
  created_at integer not null,
  revision integer not null,
  next_number integer not null,
  deleted_at integer
) strict;

-- What jobs have in common that are alike to dispatch. head and head_job: rank and id of the first ready job, or of
-- one before it; null if none is ready.
create table classes (
  id integer primary key,
  key text not null unique,
  body text not null,
  head integer,
  head_job integer
) strict;
create index classes_head on classes (head, head_job) where head is not null;

-- Every job, small, for lists. state is null while the job is in table live.
create table jobs (
  id integer primary key,
  project_id integer not null,
  number text not null,
  parent_id integer,
  class_id integer,
  task text,
  title text,
  owner text not null,
  queue text not null,
  priority integer not null,
  state text,
  reason text,
  created_at integer not null,
  submitted_at integer,
  started_at integer,
  finished_at integer,
  exit_code integer,
  attempts integer not null default 0,
  revision integer not null default 1,
  rerun_of text,
  trashed_at integer,
  children integer not null default 0
) strict;
create unique index jobs_number on jobs (project_id, number);
create index jobs_order on jobs (project_id, id);
create index jobs_ended on jobs (project_id, state, id) where state is not null;
create index jobs_children on jobs (parent_id, id) where parent_id is not null;
create index jobs_children_ended on jobs (parent_id, state, id) where parent_id is not null and state is not null;

-- What was asked for: large, loaded on demand.
create table documents (
  job_id integer primary key,
  body text not null
) strict;

-- Unfinished jobs only, narrow: what dispatch reads and writes.
create table live (
  job_id integer primary key,
  project_id integer not null,
  number text not null,
  parent_id integer,
  class_id integer,
  state text not null,
  reason text,
  revision integer not null,
  priority integer not null,
  rank integer,
  ready_at integer,
  attempt integer not null,
  epoch integer,
  worker_id integer,
  held integer not null,
  pending integer not null,
  not_before integer,
  start_by integer,
  finish_by integer,
  offer_ends_at integer,
  attempt_ends_at integer,
  started_at integer,
  cancel_requested_at integer,
  due_at integer,
  policy text
) strict;
create index live_rank on live (class_id, rank, job_id) where rank is not null;
create index live_ready on live (project_id, job_id) where rank is not null;
create index live_idle on live (project_id, state, job_id) where rank is null and worker_id is null;
create index live_children_ready on live (parent_id, job_id) where rank is not null and parent_id is not null;
create index live_children_idle on live (parent_id, state, job_id)
  where rank is null and worker_id is null and parent_id is not null;
create index live_held on live (worker_id) where worker_id is not null;
create index live_due on live (due_at) where due_at is not null;

-- What jobs come after. What was met once stays met, though that job is tried again.
create table dependencies (
  on_id integer not null,
  job_id integer not null,
  kind text not null,
  met integer not null,
  primary key (on_id, job_id)
) strict, without rowid;
create index dependencies_of on dependencies (job_id);

-- How the children of a job without work of its own stand.
create table containers (
  job_id integer primary key,
  open integer not null,
  succeeded integer not null,
  failed integer not null,
  cancelled integer not null
) strict;

-- host, account: of the worker as it was then. executable, version: what it told at the end.
create table attempts (
  job_id integer not null,
  attempt integer not null,
  epoch integer not null,
  worker_id integer,
  started_at integer,
  finished_at integer not null,
  outcome text not null,
  exit_code integer,
  reason text,
  error text,
  host text,
  account text,
  executable text,
  executable_sha256 text,
  version text,
  primary key (job_id, attempt)
) strict, without rowid;

create table late_reports (
  id integer primary key,
  job_id integer not null,
  attempt integer not null,
  epoch integer not null,
  outcome text not null,
  at integer not null,
  body text not null
) strict;
create unique index late_reports_of on late_reports (job_id, attempt, epoch, outcome);

create table files (
  id integer primary key,
  job_id integer not null,
  role text not null,
  path text not null,
  size integer,
  sha256 text,
  attempt integer
) strict;
create index files_of on files (job_id, id);

create table progress (
  job_id integer primary key,
  fraction real,
  text text,
  counts text,
  at integer not null
) strict;

create table log (
  job_id integer not null,
  attempt integer not null,
  sequence integer not null,
  stream text not null,
  at integer not null,
  data blob not null,
  primary key (job_id, attempt, sequence)
) strict;
create table log_sizes (
  job_id integer not null,
  attempt integer not null,
  bytes integer not null,
  primary key (job_id, attempt)
) strict, without rowid;

create table workers (
  id integer primary key,
  principal text not null,
  name text not null,
  labels text not null,
  tasks text not null,
  capacity integer not null,
  accept text not null,
  registered_at integer not null,
  lease_ends_at integer not null,
  state text not null,
  host text,
  account text,
  instance text,
  unique (principal, name)
) strict;

create table tokens (
  id text primary key,
  secret_hash text not null,
  principal text not null,
  role text not null,
  project_id integer,
  use text not null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer
) strict, without rowid;
create index tokens_of on tokens (principal);

-- Answers by idempotency key, for a day.
create table answers (
  principal text not null,
  route text not null,
  key text not null,
  digest text not null,
  answer text not null,
  at integer not null,
  primary key (principal, route, key)
) strict, without rowid;
create index answers_at on answers (at);

-- The ordered record of all that happened; one row per act, type and project. Append-only.
-- jobs: a list of [state, revision, number, number, …].
create table events (
  sequence integer primary key,
  at integer not null,
  type text not null,
  project_id integer,
  actor text not null,
  jobs text not null
) strict;

-- Jobs per project and final state, those in the trash left out.
create table tallies (
  project_id integer not null,
  state text not null,
  jobs integer not null,
  primary key (project_id, state)
) strict, without rowid;
