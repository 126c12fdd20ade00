/** Those who submit: each request is repeated, under one key, until it is acknowledged; what was acknowledged is kept. */
import { setTimeout as delay } from 'node:timers/promises';
import { type LabkeepClient, LabkeepError, type NewJob } from '@labkeep/client';
import type { SeededChance } from './chance.ts';
import { type Ending, ledgerCommand } from './ledger.ts';

export interface Acknowledged {
  readonly ref: string;
  /** What it was called in the request: no two have the same title. */
  readonly title: string;
}

export interface SubmitterOptions {
  readonly name: string;
  readonly client: LabkeepClient;
  readonly project: string;
  readonly folder: string;
  readonly chance: SeededChance;
  /** How many jobs are not final, as far as is known; while there are too many, nothing is submitted. */
  readonly open: () => number;
  readonly acknowledge: (jobs: readonly Acknowledged[]) => void;
}

const openMax = 30;
const repeatAfterMs = 100;

/** Submits until the signal; what is under way then is still brought to its acknowledgement. */
export async function submitJobs(options: SubmitterOptions, signal: AbortSignal): Promise<void> {
  const { name, chance, open, acknowledge } = options;
  for (let request = 1; !signal.aborted; request++) {
    await delay(chance.between(50, 400));
    while (open() > openMax && !signal.aborted) await delay(100);
    const many = chance.weighted({ one: 3, several: 1 }) === 'one' ? 1 : chance.between(2, 5);
    const jobs = Array.from({ length: many }, (_, index) => jobOf(options, `${name}-${request}-${index}`));
    const accepted = await insist(options, jobs, `${name}-${request}`);
    acknowledge(accepted);
  }
}

/** What jobs lock: most of them nothing. */
const lockSets = {
  none: [],
  reads: ['alpha:shared'],
  readsBoth: ['beta:shared', 'alpha:shared'],
  writes: ['alpha:exclusive'],
  moves: ['alpha:shared', 'beta:exclusive'],
} as const;

function jobOf({ chance, folder }: SubmitterOptions, title: string): NewJob {
  const ending: Ending = chance.weighted({ well: 8, better: 1, badly: 1 });
  const onLost = chance.weighted({ retry: 6, fail: 3, ask: 1 });
  const locks = lockSets[chance.weighted({ none: 12, reads: 3, readsBoth: 2, writes: 2, moves: 1 })];
  const command = ledgerCommand(folder, chance.between(0, 150) / 100, ending, locks);
  const retry = ending === 'well' ? undefined : { max: 1, delayMs: 100 };
  return { title, command, onLost, retry, ...(locks.length === 0 ? {} : { locks }) };
}

/** Repeats it under its key until it is acknowledged. */
export async function insist(
  { client, project }: Pick<SubmitterOptions, 'client' | 'project'>,
  jobs: readonly NewJob[],
  idempotencyKey: string,
): Promise<readonly Acknowledged[]> {
  for (;;) {
    try {
      const made = await client.jobs.submitMany(project, jobs, {
        idempotencyKey,
        retryForMs: 0,
        timeoutMs: 5_000,
      });
      return made.map(({ ref, title }) => ({ ref, title: title ?? '' }));
    } catch (error) {
      if (!(error instanceof LabkeepError) || (error.status !== null && error.status < 500)) throw error;
      await delay(repeatAfterMs);
    }
  }
}
