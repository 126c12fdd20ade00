-- The servers that share this storage, as they have said of themselves.
create table labkeep.servers (
  name text collate "C" primary key,
  url text not null,
  host text not null,
  pid bigint not null,
  version text not null,
  state text not null,
  started_at bigint not null,
  seen_at bigint not null,
  lease_ends_at bigint not null
);

-- timeline: on which the record was written last. synchronous: whether commits waited for a standby then. begun_…: how far
-- the record had come when that timeline began.
-- oldest_schema: servers that know no schema as new as this must not use the storage any more.
alter table labkeep.server_state
  add column oldest_schema bigint not null default 0,
  add column timeline bigint,
  add column synchronous bigint not null default 0,
  add column begun_event bigint,
  add column begun_epoch bigint,
  add column begun_clock bigint;
