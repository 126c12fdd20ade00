-- The servers that share this storage, as they have said of themselves.
create table servers (
  name text primary key,
  url text not null,
  host text not null,
  pid integer not null,
  version text not null,
  state text not null,
  started_at integer not null,
  seen_at integer not null,
  lease_ends_at integer not null
) strict, without rowid;
