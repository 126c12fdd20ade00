import { existsSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { lineOfChild } from './child-line.ts';
import type { DrainFigures, LatencyFigures } from './measure.ts';
import { type StoreKind, startStore, storeUnavailable } from './servers.ts';

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

const described = {
  peer: Type.String(),
  version: Type.String(),
  settings: Type.String(),
  rssMb: Type.Number(),
};

const drainLine = Type.Object({
  measure: Type.Literal('drain'),
  ...described,
  jobs: Type.Number(),
  insertSeconds: Type.Number(),
  drainJobsPerSecond: Type.Number(),
  cpuMicrosPerJob: Type.Number(),
});

const latencyLine = Type.Object({
  measure: Type.Literal('latency'),
  ...described,
  samples: Type.Number(),
  p50Ms: Type.Number(),
  p95Ms: Type.Number(),
});

const folder = new URL('../peers/', import.meta.url);

/** Why this peer cannot run here, or undefined if it can. */
export function peerUnavailable(name: PeerName): string | undefined {
  if (!existsSync(new URL('node_modules', folder)))
    return 'the peers are not installed (npm install in bench/peers)';
  return storeUnavailable(peers[name].store);
}

export async function drainPeer(name: PeerName, jobs = 20_000, concurrency = 10): Promise<DrainFigures> {
  const args = ['--measure', 'drain', '--jobs', String(jobs), '--concurrency', String(concurrency)];
  return Value.Parse(drainLine, await linePeer(peers[name], args));
}

export async function latencyOfPeer(
  name: PeerName,
  samples = 200,
  concurrency = 10,
): Promise<LatencyFigures> {
  const args = ['--measure', 'latency', '--samples', String(samples), '--concurrency', String(concurrency)];
  return Value.Parse(latencyLine, await linePeer(peers[name], args));
}

async function linePeer(peer: Peer, args: readonly string[]): Promise<unknown> {
  await using store = await startStore(peer.store);
  const variant = peer.variant === undefined ? [] : ['--variant', peer.variant];
  return await lineOfChild(new URL(peer.runner, folder), [
    '--connection',
    store.connection,
    ...variant,
    ...args,
  ]);
}
