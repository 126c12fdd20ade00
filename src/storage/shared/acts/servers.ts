import { changeOfServer, type ServerChange, serversKeptMs } from '../../../core/leases/servers.ts';
import type { ServerProfile } from '../../../ports/records/servers.ts';
import { serverStateOf } from '../reads/servers.ts';
import { integer, text } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

const eventOf = { registered: 'server.registered', draining: 'server.draining' } as const satisfies Record<
  NonNullable<ServerChange>,
  string
>;

export function* keepServer(tx: Transaction, server: ServerProfile): Script<{ readonly leaseMs: number }> {
  const row = yield* tx.selectOne('find-server', server.name);
  const before = row === undefined ? null : { pid: integer(row.pid), state: serverStateOf(row.state) };
  const { leaseMs } = tx.durations;
  const { name, url, host, pid, version, state } = server;
  yield* tx.write('keep-server', [[name, url, host, pid, version, state, tx.now, tx.now + leaseMs]]);
  const change = changeOfServer(before, server);
  if (change !== null) tx.record(eventOf[change], null);
  return { leaseMs };
}

/** Nothing, where the name is another process's by now. */
export function* removeServer(tx: Transaction, name: string, pid: number): Script<null> {
  const row = yield* tx.selectOne('find-server', name);
  if (row === undefined || integer(row.pid) !== pid) return null;
  yield* tx.write('delete-servers', [[name]]);
  tx.record('server.stopped', null);
  return null;
}

export function* sweepServers(tx: Transaction): Script<void> {
  const lost = (yield* tx.select('list-expired-servers', tx.now)).map((row) => [text(row.name)]);
  if (lost.length > 0) tx.record('server.lost', null);
  yield* tx.write('lose-servers', lost);
  yield* tx.write('trim-servers', [[tx.now - serversKeptMs]]);
}
