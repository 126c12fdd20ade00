-- The one row of counters: what may never be given twice, and where the record of events stands. A unique index would be
-- asked at each commit about all versions of the row that are still kept.
create table labkeep.server_state (
  singleton bigint not null check (singleton = 1),
  incarnation text not null,
  event bigint not null,
  events_from bigint not null,
  epoch bigint not null,
  epochs_from bigint not null,
  restored_at bigint,
  job bigint not null,
  numbers_from bigint not null default 0,
  clock bigint not null,
  swept_at bigint not null,
  signing_key text not null
);
create index server_state_newest on labkeep.server_state (clock);

create table labkeep.projects (
  id bigint generated always as identity primary key,
  name text collate "C" not null unique,
  title text,
  directory text,
  owner text not null,
  metadata text not null,
  created_at bigint not null,
  revision bigint not null,
  next_number bigint not null,
  deleted_at bigint
);

-- What jobs have in common that are alike to dispatch. head and head_job: rank and id of the first ready job, or of
-- one before it; null if none is ready.
create table labkeep.classes (
  id bigint generated always as identity primary key,
  key text not null unique,
  body text not null,
  head bigint,
  head_job bigint
);
create index classes_head on labkeep.classes (head, head_job) where head is not null;

-- Every job, small, for lists. state is null while the job is in table live. No index has a column that the end of a
-- job changes, and half of each page is left free, so that the row of an ended job is written beside the old one and no
-- index learns of it.
create table labkeep.jobs (
  id bigint primary key,
  project_id bigint not null,
  number text collate "C" not null,
  parent_id bigint,
  class_id bigint,
  task text,
  title text,
  owner text not null,
  queue text not null,
  priority bigint not null,
  state text,
  reason text,
  created_at bigint not null,
  submitted_at bigint,
  started_at bigint,
  finished_at bigint,
  exit_code bigint,
  attempts bigint not null default 0,
  revision bigint not null default 1,
  rerun_of text,
  trashed_at bigint,
  children bigint not null default 0
) with (fillfactor = 45);
create unique index jobs_number on labkeep.jobs (project_id, number);
create index jobs_order on labkeep.jobs (project_id, id);
create index jobs_children on labkeep.jobs (parent_id, id) where parent_id is not null;

-- Ended jobs by state, in place of an index of `jobs`: it follows from that table alone.
create table labkeep.ended (
  project_id bigint not null,
  state text collate "C" not null,
  job_id bigint not null,
  parent_id bigint,
  primary key (project_id, state, job_id)
);
create index ended_children on labkeep.ended (parent_id, state, job_id) where parent_id is not null;

-- What was asked for: large, loaded on demand.
create table labkeep.documents (
  job_id bigint primary key,
  body text not null
);

-- Unfinished jobs only, narrow: what dispatch reads and writes.
create table labkeep.live (
  job_id bigint primary key,
  project_id bigint not null,
  number text collate "C" not null,
  parent_id bigint,
  class_id bigint,
  state text not null,
  reason text,
  revision bigint not null,
  priority bigint not null,
  rank bigint,
  ready_at bigint,
  attempt bigint not null,
  epoch bigint,
  worker_id bigint,
  held bigint not null,
  pending bigint not null,
  not_before bigint,
  start_by bigint,
  finish_by bigint,
  offer_ends_at bigint,
  attempt_ends_at bigint,
  started_at bigint,
  cancel_requested_at bigint,
  due_at bigint,
  policy text
);
create index live_rank on labkeep.live (class_id, rank, job_id) where rank is not null;
create index live_ready on labkeep.live (project_id, job_id) where rank is not null;
create index live_idle on labkeep.live (project_id, state, job_id) where rank is null and worker_id is null;
create index live_children_ready on labkeep.live (parent_id, job_id) where rank is not null and parent_id is not null;
create index live_children_idle on labkeep.live (parent_id, state, job_id)
  where rank is null and worker_id is null and parent_id is not null;
create index live_held on labkeep.live (worker_id) where worker_id is not null;
create index live_due on labkeep.live (due_at) where due_at is not null;

-- What jobs come after. What was met once stays met, though that job is tried again.
create table labkeep.dependencies (
  on_id bigint not null,
  job_id bigint not null,
  kind text not null,
  met bigint not null,
  primary key (on_id, job_id)
);
create index dependencies_of on labkeep.dependencies (job_id);

-- How the children of a job without work of its own stand.
create table labkeep.containers (
  job_id bigint primary key,
  open bigint not null,
  succeeded bigint not null,
  failed bigint not null,
  cancelled bigint not null
);

-- host, account: of the worker as it was then. executable, version: what it told at the end.
create table labkeep.attempts (
  job_id bigint not null,
  attempt bigint not null,
  epoch bigint not null,
  worker_id bigint,
  started_at bigint,
  finished_at bigint not null,
  outcome text not null,
  exit_code bigint,
  reason text,
  error text,
  host text,
  account text,
  executable text,
  executable_sha256 text,
  version text,
  primary key (job_id, attempt)
);

create table labkeep.late_reports (
  id bigint generated always as identity primary key,
  job_id bigint not null,
  attempt bigint not null,
  epoch bigint not null,
  outcome text not null,
  at bigint not null,
  body text not null
);
create unique index late_reports_of on labkeep.late_reports (job_id, attempt, epoch, outcome);

create table labkeep.files (
  id bigint generated always as identity primary key,
  job_id bigint not null,
  role text not null,
  path text not null,
  size bigint,
  sha256 text,
  attempt bigint
);
create index files_of on labkeep.files (job_id, id);

create table labkeep.progress (
  job_id bigint primary key,
  fraction double precision,
  text text,
  counts text,
  at bigint not null
);

create table labkeep.log (
  job_id bigint not null,
  attempt bigint not null,
  sequence bigint not null,
  stream text not null,
  at bigint not null,
  data bytea not null,
  primary key (job_id, attempt, sequence)
);
create table labkeep.log_sizes (
  job_id bigint not null,
  attempt bigint not null,
  bytes bigint not null,
  primary key (job_id, attempt)
);

create table labkeep.workers (
  id bigint primary key,
  principal text not null,
  name text collate "C" not null,
  labels text not null,
  tasks text not null,
  capacity bigint not null,
  accept text not null,
  registered_at bigint not null,
  lease_ends_at bigint not null,
  state text not null,
  host text,
  account text,
  instance text,
  unique (principal, name)
);

create table labkeep.tokens (
  id text collate "C" primary key,
  secret_hash text not null,
  principal text not null,
  role text not null,
  project_id bigint,
  use text not null,
  created_at bigint not null,
  expires_at bigint,
  revoked_at bigint
);
create index tokens_of on labkeep.tokens (principal);

-- Answers by idempotency key, for a day.
create table labkeep.answers (
  principal text not null,
  route text not null,
  key text not null,
  digest text not null,
  answer text not null,
  at bigint not null,
  primary key (principal, route, key)
);
create index answers_at on labkeep.answers (at);

-- The ordered record of all that happened; one row per act, type and project. Append-only.
-- jobs: a list of [state, revision, number, number, …].
create table labkeep.events (
  sequence bigint primary key,
  at bigint not null,
  type text not null,
  project_id bigint,
  actor text not null,
  jobs text not null
);

-- Jobs per project and final state, those in the trash left out.
create table labkeep.tallies (
  project_id bigint not null,
  state text not null,
  jobs bigint not null,
  primary key (project_id, state)
);
