-- What was run by somebody else, and what is known of the machine and the program. key: the recorder's own name of
-- the run, by which a repeated report finds it.
create table labkeep.runs (
  job_id bigint primary key,
  key text collate "C" not null unique,
  host text not null,
  account text not null,
  executable text,
  executable_sha256 text,
  version text,
  lease_ms bigint not null
);

-- Who runs it: null for a job that workers run, else recorded.
alter table labkeep.jobs add column origin text;

-- A recorded run has no worker: it counts as alive until this instant.
alter table labkeep.live add column lease_ends_at bigint;
create index live_leased on labkeep.live (job_id) where lease_ends_at is not null;

-- Directories with a name (alias), of a project or (project 0) of the server. The folder of a project is the one with
-- the alias ''. One that was removed keeps its row, under the alias ~id: places of files rest on it.
create table labkeep.directories (
  id bigint generated always as identity primary key,
  project_id bigint not null,
  alias text collate "C" not null,
  path text collate "C" not null,
  unique (project_id, alias)
);
create index directories_path on labkeep.directories (path);

-- Where directories were before they moved: what was recorded until then has these paths.
create table labkeep.former_directories (
  directory_id bigint not null,
  path text not null,
  until bigint not null,
  primary key (directory_id, path, until)
);

-- place: where the file is, as directory:name, or :path where no registered directory holds it; null where its folder
-- is not known. kind: null for a file. made_at: when the attempt ended that wrote it.
alter table labkeep.files add column place text collate "C";
alter table labkeep.files add column kind text;
alter table labkeep.files add column note text;
alter table labkeep.files add column made_at bigint;
create index files_place on labkeep.files (place, role, id) where place is not null;
create index files_content on labkeep.files (sha256, role, id) where sha256 is not null;
create index files_made_place on labkeep.files (place, made_at, id) where made_at is not null and place is not null;
create index files_made_content on labkeep.files (sha256, made_at, id) where made_at is not null and sha256 is not null;

-- Which job made what an attempt read: written once, never worked out again.
create table labkeep.ties (
  job_id bigint not null,
  attempt bigint not null,
  file_id bigint not null,
  producer_job bigint not null,
  producer_attempt bigint not null,
  producer_file bigint not null,
  found_by text not null,
  provisional bigint not null,
  cyclic bigint not null,
  primary key (job_id, attempt, file_id)
);
create index ties_of_producer on labkeep.ties (producer_job, job_id);

-- At most so many children of a job without work of its own are with workers at one time.
alter table labkeep.containers add column at_once bigint;
-- Who has begun to cancel it; null when that is done.
alter table labkeep.containers add column cancelling_by text;
create index containers_cancelling on labkeep.containers (job_id) where cancelling_by is not null;

-- What people say of a job; tags and numbers as JSON for lists, and below in tables that find them.
create table labkeep.annotations (
  job_id bigint primary key,
  project_id bigint not null,
  rating text,
  tags text not null,
  numbers text not null,
  comments bigint not null
);
create index annotations_rating on labkeep.annotations (project_id, rating, job_id) where rating is not null;
create table labkeep.job_tags (
  project_id bigint not null,
  tag text collate "C" not null,
  job_id bigint not null,
  primary key (project_id, tag, job_id)
);
create table labkeep.job_numbers (
  project_id bigint not null,
  name text collate "C" not null,
  value double precision not null,
  job_id bigint not null,
  primary key (project_id, name, value, job_id)
);
create index job_numbers_of on labkeep.job_numbers (job_id, name);
-- Ids of comments are given with those of jobs, so that none is given again after a restore.
create table labkeep.comments (
  id bigint primary key,
  job_id bigint not null,
  author text not null,
  created_at bigint not null,
  edited_at bigint,
  text text not null
);
create index comments_of on labkeep.comments (job_id, id);

-- Words of titles (source 0) and of comments (their id), lower case: what a search for text walks.
create table labkeep.words (
  project_id bigint not null,
  word text collate "C" not null,
  job_id bigint not null,
  source bigint not null,
  primary key (project_id, word, job_id, source)
);
create index words_of on labkeep.words (job_id, source);

create table labkeep.templates (
  project_id bigint not null,
  name text collate "C" not null,
  body text not null,
  owner text not null,
  updated_at bigint not null,
  primary key (project_id, name)
);

alter table labkeep.projects add column notes text not null default '';

create index jobs_task on labkeep.jobs (project_id, task, id) where task is not null;
create index jobs_rerun on labkeep.jobs (rerun_of) where rerun_of is not null;
create index jobs_trash on labkeep.jobs (project_id, id) where trashed_at is not null;
