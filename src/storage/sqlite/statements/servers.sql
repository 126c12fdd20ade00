-- name: find-server
-- 1 name
select name, pid, state from servers where name = ?1;

-- name: keep-server
-- 1 name, 2 url, 3 host, 4 pid, 5 version, 6 state, 7 now, 8 lease ends
insert into servers (name, url, host, pid, version, state, started_at, seen_at, lease_ends_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
on conflict (name) do update set url = excluded.url, host = excluded.host, version = excluded.version,
  state = excluded.state, started_at = case when pid = excluded.pid then started_at else excluded.started_at end,
  pid = excluded.pid, seen_at = excluded.seen_at, lease_ends_at = excluded.lease_ends_at;

-- name: delete-servers
-- 1 name
delete from servers where name = ?1;

-- name: list-servers
-- 1 after (name), 2 limit
select name, url, host, pid, version, state, started_at, seen_at, lease_ends_at
from servers where name > ?1 order by name limit (select ?2);

-- name: list-expired-servers
-- 1 now
select name from servers where state <> 'lost' and lease_ends_at <= ?1 order by name;

-- name: lose-servers
-- 1 name
update servers set state = 'lost' where name = ?1;

-- name: extend-server-leases
-- 1 ms, 2 a whole lease from now, at most
update servers set lease_ends_at = max(lease_ends_at, min(lease_ends_at + ?1, ?2)) where state <> 'lost';

-- name: trim-servers
-- 1 lease ended before
delete from servers where state = 'lost' and lease_ends_at < ?1;
