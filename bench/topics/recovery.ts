/** Real processes are killed, and others go on: how long nobody is served. */
import { defaultDurations } from '../../src/core/leases/durations.ts';
import { postgresUnavailable } from '../../tests/support/postgres.ts';
import { killPrimary } from '../recovery/kill-primary.ts';
import { killServer, type Served } from '../recovery/kill-server.ts';
import { killWorkers } from '../recovery/kill-workers.ts';
import { printFigures } from '../support/machine.ts';
import { markdownTable, median } from '../support/table.ts';
import { type BenchOptions, isChosen, type Topic } from './topic.ts';

/** Of the rounds of one loss, its figures in ms, and what they must not exceed. */
interface Measured {
  readonly what: string;
  readonly ms: readonly number[];
  readonly aimMs: number | null;
}

interface Loss {
  readonly name: string;
  readonly absent?: string | undefined;
  measure(): Promise<readonly Measured[]>;
}

const victims = 5;
const shortLeaseMs = 10_000;
const usualLeaseMs = defaultDurations.leaseMs;

export const recovery: Topic = {
  name: 'recovery',
  summary: 'from the end of a worker, a server, PostgreSQL’s primary until another goes on',
  async run(options) {
    const measured: Measured[] = [];
    const absent: string[] = [];
    for (const loss of losses(options)) {
      if (!isChosen(loss.name, options)) continue;
      if (loss.absent === undefined) measured.push(...(await loss.measure()));
      else absent.push(`- ${loss.name}: not run: ${loss.absent}`);
    }
    printFigures(
      'Recovery: kill −9, ms',
      [tableOf(measured), ...(absent.length === 0 ? [] : ['', ...absent])].join('\n'),
    );
  },
};

function losses({ runs, smoke }: BenchOptions): readonly Loss[] {
  const absent = postgresUnavailable();
  const ofWorkers = smoke
    ? [workerLoss(2_000, 1, 1)]
    : [workerLoss(null, victims, runs ?? 2), workerLoss(shortLeaseMs, victims, runs ?? 2)];
  return [
    ...ofWorkers,
    { name: 'server', absent, measure: () => serverLoss(smoke ? 1 : (runs ?? 10)) },
    { name: 'primary', absent, measure: () => primaryLoss(smoke ? 1 : (runs ?? 10)) },
  ];
}

function workerLoss(leaseMs: number | null, killed: number, rounds: number): Loss {
  return {
    name: 'worker',
    async measure() {
      const ms: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        tell(`workers, round ${round} of ${rounds}`);
        ms.push(...(await killWorkers(leaseMs, killed)));
      }
      const lease = leaseMs ?? usualLeaseMs;
      return [
        { what: `worker, lease ${lease / 1_000} s: its job starts elsewhere`, ms, aimMs: lease + 2_000 },
      ];
    },
  };
}

async function serverLoss(rounds: number): Promise<readonly Measured[]> {
  const served: Served[] = [];
  for await (const one of killServer(rounds)) {
    served.push(one);
    tell(`server, round ${served.length} of ${rounds}`);
  }
  const aimMs = 5_000;
  return [
    {
      what: 'one of two servers: first submission answered',
      ms: served.map((it) => it.submittedMs),
      aimMs,
    },
    { what: 'first claim answered', ms: served.map((it) => it.claimedMs), aimMs },
    { what: 'first command started by a worker', ms: served.map((it) => it.startedMs), aimMs },
  ];
}

async function primaryLoss(rounds: number): Promise<readonly Measured[]> {
  const all = [];
  for (let round = 1; round <= rounds; round += 1) {
    tell(`primary, round ${round} of ${rounds}`);
    all.push(await killPrimary());
  }
  return [
    {
      what: 'PostgreSQL’s primary: first write acknowledged',
      ms: all.map((it) => it.promotionMs + it.writtenMs),
      aimMs: null,
    },
    { what: 'of that until the standby is promoted', ms: all.map((it) => it.promotionMs), aimMs: null },
    { what: 'of that from there on', ms: all.map((it) => it.writtenMs), aimMs: null },
  ];
}

function tell(text: string): void {
  console.error(text);
}

function tableOf(measured: readonly Measured[]): string {
  return markdownTable(
    ['killed, until', 'median', 'worst', 'aim', 'times'],
    measured.map(({ what, ms, aimMs }) => [
      what,
      median(ms).toFixed(0),
      Math.max(...ms).toFixed(0),
      aimMs === null ? '' : `≤ ${aimMs}`,
      String(ms.length),
    ]),
  );
}
