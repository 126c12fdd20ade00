-- name: find-server
-- 1 name
select name, pid, state from labkeep.servers where name = $1;

-- name: keep-server
-- 1 name, 2 url, 3 host, 4 pid, 5 version, 6 state, 7 now, 8 lease ends
insert into labkeep.servers (name, url, host, pid, version, state, started_at, seen_at, lease_ends_at)
select name, url, host, pid, version, state, now, now, lease_ends_at
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
  as given (name, url, host, pid, version, state, now, lease_ends_at)
on conflict (name) do update set url = excluded.url, host = excluded.host, version = excluded.version,
  state = excluded.state,
  started_at = case when servers.pid = excluded.pid then servers.started_at else excluded.started_at end,
  pid = excluded.pid, seen_at = excluded.seen_at, lease_ends_at = excluded.lease_ends_at;

-- name: delete-servers
-- 1 name
delete from labkeep.servers where name = any($1::text[]);

-- name: list-servers
-- 1 after (name), 2 limit
select name, url, host, pid, version, state, started_at, seen_at, lease_ends_at
from labkeep.servers where name > $1 order by name limit $2;

-- name: list-expired-servers
-- 1 now
select name from labkeep.servers where state <> 'lost' and lease_ends_at <= $1 order by name;

-- name: lose-servers
-- 1 name
update labkeep.servers set state = 'lost' where name = any($1::text[]);

-- name: extend-server-leases
-- 1 ms, 2 a whole lease from now, at most
update labkeep.servers set lease_ends_at = greatest(lease_ends_at, least(lease_ends_at + given.ms, given.most))
from unnest($1::bigint[], $2::bigint[]) as given (ms, most) where state <> 'lost';

-- name: trim-servers
-- 1 lease ended before
delete from labkeep.servers using unnest($1::bigint[]) as given (before)
where servers.state = 'lost' and servers.lease_ends_at < given.before;

-- name: find-timeline
-- Behind a pooler, where a connection tells nothing of the database that a transaction goes to.
select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint as timeline;

-- name: begin-timeline
-- 1 timeline, 2 synchronous, 3 event, 4 epoch, 5 clock
update labkeep.server_state set timeline = given.timeline, synchronous = given.synchronous,
  begun_event = given.event, begun_epoch = given.epoch, begun_clock = given.clock
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
  as given (timeline, synchronous, event, epoch, clock);

-- name: set-synchronous
-- 1 synchronous
update labkeep.server_state set synchronous = given.synchronous from unnest($1::bigint[]) as given (synchronous);
