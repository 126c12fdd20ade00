import type { ServerRecord } from '../../../ports/records/servers.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, oneOf, text } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { pageOf, position } from './position.ts';

export function* listServers(it: {
  readonly limit: number;
  readonly after?: string;
}): Script<Page<ServerRecord>> {
  const asOf = yield* position();
  const rows = yield* select('list-servers', it.after ?? '', it.limit + 1);
  return pageOf(rows, it.limit, asOf, serverOf, (row) => text(row.name));
}

export function serverStateOf(value: Row[string] | undefined): ServerRecord['state'] {
  return oneOf(value, ['up', 'draining', 'lost']);
}

function serverOf(row: Row): ServerRecord {
  return {
    name: text(row.name),
    url: text(row.url),
    host: text(row.host),
    pid: integer(row.pid),
    version: text(row.version),
    state: serverStateOf(row.state),
    startedAt: integer(row.started_at),
    seenAt: integer(row.seen_at),
    leaseEndsAt: integer(row.lease_ends_at),
  };
}
