-- What was run by somebody else, and what is known of the machine and the program. key: the recorder's own name of
-- the run, by which a repeated report finds it.
create table runs (
  job_id integer primary key,
  key text not null unique,
  host text not null,
  account text not null,
  executable text,
  executable_sha256 text,
  version text,
  lease_ms integer not null
) strict;

-- Who runs it: null for a job that workers run, else recorded.
alter table jobs add column origin text;

-- A recorded run has no worker: it counts as alive until this instant.
alter table live add column lease_ends_at integer;
create index live_leased on live (job_id) where lease_ends_at is not null;

-- Directories with a name (alias), of a project or (project 0) of the server. The folder of a project is the one with
-- the alias ''. One that was removed keeps its row, under the alias ~id: places of files rest on it.
create table directories (
  id integer primary key,
  project_id integer not null,
  alias text not null,
  path text not null,
  unique (project_id, alias)
) strict;
create index directories_path on directories (path);

-- Where directories were before they moved: what was recorded until then has these paths.
create table former_directories (
  directory_id integer not null,
  path text not null,
  until integer not null,
  primary key (directory_id, path, until)
) strict, without rowid;

-- place: where the file is, as directory:name, or :path where no registered directory holds it; null where its folder
-- is not known. kind: null for a file. made_at: when the attempt ended that wrote it.
alter table files add column place text;
alter table files add column kind text;
alter table files add column note text;
alter table files add column made_at integer;
create index files_place on files (place, role, id) where place is not null;
create index files_content on files (sha256, role, id) where sha256 is not null;
create index files_made_place on files (place, made_at, id) where made_at is not null and place is not null;
create index files_made_content on files (sha256, made_at, id) where made_at is not null and sha256 is not null;

-- Which job made what an attempt read: written once, never worked out again.
create table ties (
  job_id integer not null,
  attempt integer not null,
  file_id integer not null,
  producer_job integer not null,
  producer_attempt integer not null,
  producer_file integer not null,
  found_by text not null,
  provisional integer not null,
  cyclic integer not null,
  primary key (job_id, attempt, file_id)
) strict, without rowid;
create index ties_of_producer on ties (producer_job, job_id);

-- At most so many children of a job without work of its own are with workers at one time.
alter table containers add column at_once integer;
-- Who has begun to cancel it; null when that is done.
alter table containers add column cancelling_by text;
create index containers_cancelling on containers (job_id) where cancelling_by is not null;

-- What people say of a job; tags and numbers as JSON for lists, and below in tables that find them.
create table annotations (
  job_id integer primary key,
  project_id integer not null,
  rating text,
  tags text not null,
  numbers text not null,
  comments integer not null
) strict;
create index annotations_rating on annotations (project_id, rating, job_id) where rating is not null;
create table job_tags (
  project_id integer not null,
  tag text not null,
  job_id integer not null,
  primary key (project_id, tag, job_id)
) strict, without rowid;
create table job_numbers (
  project_id integer not null,
  name text not null,
  value real not null,
  job_id integer not null,
  primary key (project_id, name, value, job_id)
) strict, without rowid;
create index job_numbers_of on job_numbers (job_id, name);
-- Ids of comments are given with those of jobs, so that none is given again after a restore.
create table comments (
  id integer primary key,
  job_id integer not null,
  author text not null,
  created_at integer not null,
  edited_at integer,
  text text not null
) strict;
create index comments_of on comments (job_id, id);

-- Words of titles (source 0) and of comments (their id), lower case: what a search for text walks.
create table words (
  project_id integer not null,
  word text not null,
  job_id integer not null,
  source integer not null,
  primary key (project_id, word, job_id, source)
) strict, without rowid;
create index words_of on words (job_id, source);

create table templates (
  project_id integer not null,
  name text not null,
  body text not null,
  owner text not null,
  updated_at integer not null,
  primary key (project_id, name)
) strict, without rowid;

alter table projects add column notes text not null default '';

create index jobs_task on jobs (project_id, task, id) where task is not null;
create index jobs_rerun on jobs (rerun_of) where rerun_of is not null;
create index jobs_trash on jobs (project_id, id) where trashed_at is not null;
