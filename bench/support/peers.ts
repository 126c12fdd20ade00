import { existsSync } from 'node:fs';
import { drainOf, type Entrant, latencyOf } from './entrant.ts';
import type { DrainFigures, LatencyFigures } from './measure.ts';
import { type StoreKind, storeUnavailable } from './servers.ts';

/** A peer in one setting: the script of bench/peers that runs it, and the store that it needs. */
export interface Peer {
  readonly runner: string;
  readonly variant?: string;
  readonly store: StoreKind;
}

export const peers = {
  'graphile-worker': { runner: 'graphile-worker.ts', variant: 'plain', store: 'postgres' },
  'graphile-worker, local queue': { runner: 'graphile-worker.ts', variant: 'local-queue', store: 'postgres' },
  'pg-boss, tuned': { runner: 'pg-boss.ts', store: 'postgres' },
  'BullMQ, fsync each second': { runner: 'bullmq.ts', store: 'redis-everysec' },
  'BullMQ, fsync always': { runner: 'bullmq.ts', store: 'redis-always' },
  plainjob: { runner: 'plainjob.ts', store: 'folder' },
} as const satisfies Record<string, Peer>;

export type PeerName = keyof typeof peers;

export const peerNames = Object.keys(peers) as readonly PeerName[];

const folder = new URL('../peers/', import.meta.url);

/** Why this peer cannot run here, or undefined if it can. */
export function peerUnavailable(name: PeerName): string | undefined {
  if (!existsSync(new URL('node_modules', folder)))
    return 'the peers are not installed (npm install in bench/peers)';
  return storeUnavailable(peers[name].store);
}

export function peerEntrant(name: PeerName): Entrant {
  const { runner, ...rest }: Peer = peers[name];
  return { script: new URL(runner, folder), ...rest };
}

export function drainPeer(name: PeerName, jobs = 20_000, concurrency = 10): Promise<DrainFigures> {
  return drainOf(peerEntrant(name), { jobs, concurrency });
}

export function latencyOfPeer(name: PeerName, samples = 200, concurrency = 10): Promise<LatencyFigures> {
  return latencyOf(peerEntrant(name), { samples, concurrency });
}
