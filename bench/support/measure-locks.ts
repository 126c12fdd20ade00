import { parseArgs } from 'node:util';
import { quantile } from './measure.ts';

/*
 * How locks are measured, the same for every contestant. Each measurement is a process of its own with an empty store, and
 * prints one line of JSON.
 *
 * Sets: so many sessions, each of which takes a set of two locks and gives it back, again and again: one that all of them
 * share, and one of its own, exclusive. Nobody waits for anybody. The rate is that of sets granted and released.
 *
 * Hand-over: one holds a lock, exclusive, and so many wait for it. From before the call that releases it to the moment
 * when the next one has it. Whoever released waits again, at the end of the line, before the next release.
 */

/** Somebody who holds and waits; one set at a time. */
export interface LockUser {
  /** Waits until it is granted. */
  acquire(): Promise<void>;
  release(): Promise<void>;
}

export interface LockContestant {
  readonly peer: string;
  readonly version: string;
  readonly settings: string;
  /** Those that share one lock, and have one each of their own. */
  sharers(many: number): Promise<readonly LockUser[]>;
  /** Those that want the same one; null where nobody stands in line. */
  rivals(many: number): Promise<readonly LockUser[]> | null;
  /** How many stand in line now. */
  waiting(): Promise<number>;
}

export interface LockFigures {
  readonly peer: string;
  readonly version: string;
  readonly settings: string;
  /** Sets per second, by how many sessions there are. */
  readonly rates: readonly { readonly sessions: number; readonly setsPerSecond: number }[];
  readonly handOver: { readonly p50Ms: number; readonly p95Ms: number } | null;
}

export async function runLocksAsChild(
  make: (connection: string, variant: string) => Promise<LockContestant>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      connection: { type: 'string', default: '' },
      variant: { type: 'string', default: '' },
      sets: { type: 'string', default: '2000' },
      sessions: { type: 'string', default: '1,50' },
      waiting: { type: 'string', default: '100' },
      samples: { type: 'string', default: '200' },
    },
  });
  const contestant = await make(values.connection, values.variant);
  const { peer, version, settings } = contestant;
  const rates = [];
  for (const sessions of values.sessions.split(',').map(Number))
    rates.push({ sessions, setsPerSecond: await rateOf(contestant, sessions, Number(values.sets)) });
  const rivals = await contestant.rivals(Number(values.waiting) + 1);
  const handOver = rivals === null ? null : await handOvers(contestant, rivals, Number(values.samples));
  const figures: LockFigures = { peer, version, settings, rates, handOver };
  // Those that stand in line still are left there: the store goes too.
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}

async function rateOf(contestant: LockContestant, sessions: number, sets: number): Promise<number> {
  const users = await contestant.sharers(sessions);
  const warmUp = users.map(async (user) => {
    await user.acquire();
    await user.release();
  });
  await Promise.all(warmUp);
  let left = sets;
  const begunAt = performance.now();
  await Promise.all(
    users.map(async (user) => {
      while (left-- > 0) {
        await user.acquire();
        await user.release();
      }
    }),
  );
  return Math.round((sets / (performance.now() - begunAt)) * 1_000);
}

async function handOvers(
  contestant: LockContestant,
  rivals: readonly LockUser[],
  samples: number,
): Promise<LockFigures['handOver']> {
  const [first, ...others] = rivals;
  if (first === undefined) throw new Error('nobody is there to hold the lock');
  let granted = Promise.withResolvers<LockUser>();
  const stand = (user: LockUser): void => {
    user.acquire().then(() => granted.resolve(user), granted.reject);
  };
  const untilAllStand = async (): Promise<void> => {
    while ((await contestant.waiting()) < others.length)
      await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await first.acquire();
  for (const user of others) stand(user);
  await untilAllStand();
  let holder = first;
  const tookMs: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    granted = Promise.withResolvers();
    const before = holder;
    const releasedAt = performance.now();
    const releasing = before.release();
    holder = await granted.promise;
    tookMs.push(performance.now() - releasedAt);
    await releasing;
    stand(before);
    await untilAllStand();
  }
  return { p50Ms: rounded(quantile(tookMs, 0.5)), p95Ms: rounded(quantile(tookMs, 0.95)) };
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
