import { drainOf, type Entrant, latencyOf } from './entrant.ts';
import type { DrainFigures, LatencyFigures } from './measure.ts';
import { type PeerName, peerEntrant, peerUnavailable } from './peers.ts';
import { storeUnavailable } from './servers.ts';
import type { ContestantRuns } from './table.ts';

/** Somebody who takes part in a contest, measured once per call. */
export interface Contender<Figures> {
  readonly name: string;
  readonly unavailable: () => string | undefined;
  readonly measure: () => Promise<Figures>;
}

export type Load = { readonly jobs: number } | { readonly samples: number };

const concurrency = 10;

/** Where every contender is expected to be there, one that is absent is an error. */
const isCi = process.env.CI === 'true';

export function drainContender(name: string, entrant: Entrant, jobs: number): Contender<DrainFigures> {
  return {
    name,
    unavailable: () => storeUnavailable(entrant.store),
    measure: () => drainOf(entrant, { jobs, concurrency }),
  };
}

export function latencyContender(name: string, entrant: Entrant, samples: number): Contender<LatencyFigures> {
  return {
    name,
    unavailable: () => storeUnavailable(entrant.store),
    measure: () => latencyOf(entrant, { samples, concurrency }),
  };
}

export function drainPeerContender(name: PeerName, jobs: number): Contender<DrainFigures> {
  const contender = drainContender(name, peerEntrant(name), jobs);
  return { ...contender, unavailable: () => peerUnavailable(name) };
}

export function latencyPeerContender(name: PeerName, samples: number): Contender<LatencyFigures> {
  const contender = latencyContender(name, peerEntrant(name), samples);
  return { ...contender, unavailable: () => peerUnavailable(name) };
}

export interface Outcome<Figures> {
  readonly name: string;
  readonly figures: readonly Figures[];
  readonly absent?: string;
}

/** Round after round, each contender once in each, so that what the machine does meanwhile meets all of them. */
export async function contest<Figures>(
  contenders: readonly Contender<Figures>[],
  rounds: number,
): Promise<readonly Outcome<Figures>[]> {
  const standing = contenders.map((contender) => ({
    contender,
    absent: contender.unavailable(),
    figures: [] as Figures[],
  }));
  for (const { contender, absent } of standing)
    if (absent !== undefined && isCi) throw new Error(`${contender.name}: ${absent}`);
  for (let round = 1; round <= rounds; round += 1)
    for (const { contender, absent, figures } of standing) {
      if (absent !== undefined) continue;
      console.error(`round ${round} of ${rounds}: ${contender.name}`);
      figures.push(await contender.measure());
    }
  return standing.map(({ contender: { name }, absent, figures }) => ({
    name,
    figures,
    ...(absent === undefined ? {} : { absent }),
  }));
}

/** The one to compare with: the first of these names that was measured, else whoever was. */
export function referenceAmong(outcomes: readonly ContestantRuns[], names: readonly string[]): string | null {
  const measured = outcomes
    .filter(({ drains, latencies }) => drains.length + latencies.length > 0)
    .map(({ name }) => name);
  return names.find((name) => measured.includes(name)) ?? measured[0] ?? null;
}
