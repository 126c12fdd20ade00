import { extendedLease } from '../../core/leases/gap.ts';
import { changeOfServer, serversKeptMs } from '../../core/leases/servers.ts';
import type { ServerProfile, ServerRecord } from '../../ports/records/servers.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { byText, pageOf } from './pages.ts';
import type { State } from './state.ts';

export function keepServer(act: Act, server: ServerProfile): { readonly leaseMs: number } {
  const { servers } = act.state;
  const before = servers.get(server.name) ?? null;
  const startedAt = before?.pid === server.pid ? before.startedAt : act.now;
  const { leaseMs } = act.durations;
  servers.set(server.name, { ...server, startedAt, seenAt: act.now, leaseEndsAt: act.now + leaseMs });
  const change = changeOfServer(before, server);
  if (change !== null) tell(act, `server.${change}`, null);
  return { leaseMs };
}

export function removeServer(act: Act, { name, pid }: { readonly name: string; readonly pid: number }): void {
  if (act.state.servers.get(name)?.pid !== pid) return;
  act.state.servers.delete(name);
  tell(act, 'server.stopped', null);
}

export function extendServers(act: Act, extensionMs: number): void {
  const by = { extensionMs, now: act.now, leaseMs: act.durations.leaseMs };
  for (const [name, server] of act.state.servers)
    if (server.state !== 'lost')
      act.state.servers.set(name, { ...server, leaseEndsAt: extendedLease(server.leaseEndsAt, by) });
}

export function sweepServers(act: Act): void {
  for (const [name, server] of act.state.servers)
    if (server.state !== 'lost' && server.leaseEndsAt <= act.now) {
      act.state.servers.set(name, { ...server, state: 'lost' });
      tell(act, 'server.lost', null);
    }
  for (const [name, { state, leaseEndsAt }] of act.state.servers)
    if (state === 'lost' && leaseEndsAt < act.now - serversKeptMs) act.state.servers.delete(name);
}

export function listServers(
  state: State,
  params: { readonly limit: number; readonly after?: string },
): Page<ServerRecord> {
  return pageOf(
    state,
    [...state.servers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    params,
    byText(({ name }) => name),
    (server) => server,
  );
}
