import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { lineOfChild } from './child-line.ts';
import type { DrainFigures, LatencyFigures } from './measure.ts';
import { type StoreKind, startStore } from './servers.ts';

/** A script that runs one contestant, in one setting, and the store that it needs. */
export interface Entrant {
  readonly script: URL;
  readonly variant?: string;
  readonly store: StoreKind;
}

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

export async function drainOf(
  entrant: Entrant,
  { jobs, concurrency }: { readonly jobs: number; readonly concurrency: number },
): Promise<DrainFigures> {
  const args = ['--measure', 'drain', '--jobs', String(jobs), '--concurrency', String(concurrency)];
  return Value.Parse(drainLine, await lineOf(entrant, args));
}

export async function latencyOf(
  entrant: Entrant,
  { samples, concurrency }: { readonly samples: number; readonly concurrency: number },
): Promise<LatencyFigures> {
  const args = ['--measure', 'latency', '--samples', String(samples), '--concurrency', String(concurrency)];
  return Value.Parse(latencyLine, await lineOf(entrant, args));
}

/** Each measurement has a new store, and a process of its own. */
async function lineOf({ script, variant, store: kind }: Entrant, args: readonly string[]): Promise<unknown> {
  await using store = await startStore(kind);
  const setting = variant === undefined ? [] : ['--variant', variant];
  return await lineOfChild(script, ['--connection', store.connection, ...setting, ...args]);
}
