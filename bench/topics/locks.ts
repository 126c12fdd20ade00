/** Sets of locks granted and released, and how fast a lock goes on to the next who waits. */
import { existsSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { lineOfChild } from '../support/child-line.ts';
import { type Contender, contest, type Outcome } from '../support/contest.ts';
import { printFigures } from '../support/machine.ts';
import type { LockFigures } from '../support/measure-locks.ts';
import { type StoreKind, startStore, storeUnavailable } from '../support/servers.ts';
import { markdownTable, median, ratio } from '../support/table.ts';
import { type BenchOptions, isChosen, type Topic } from './topic.ts';

interface Entrant {
  readonly script: string;
  readonly store: StoreKind;
  readonly variant?: string;
}

const entrants: Readonly<Record<string, Entrant>> = {
  'Labkeep, SQLite': { script: 'labkeep/locks-in-process.ts', store: 'folder', variant: 'SQLite' },
  'Labkeep, PostgreSQL': { script: 'labkeep/locks-in-process.ts', store: 'postgres', variant: 'PostgreSQL' },
  'Labkeep, HTTP, SQLite': { script: 'labkeep/locks-over-http.ts', store: 'labkeep', variant: 'SQLite' },
  'Labkeep, HTTP, PostgreSQL': {
    ...{ script: 'labkeep/locks-over-http.ts', store: 'labkeep-postgres', variant: 'PostgreSQL' },
  },
};
const peers: Readonly<Record<string, Entrant>> = {
  'PostgreSQL, advisory locks': { script: 'peers/advisory-locks.ts', store: 'postgres-many' },
  'Redis, fsync each second': { script: 'peers/redis-locks.ts', store: 'redis-everysec' },
  'Redis, fsync always': { script: 'peers/redis-locks.ts', store: 'redis-always' },
};
const reference = 'PostgreSQL, advisory locks';

const line = Type.Object({
  peer: Type.String(),
  version: Type.String(),
  settings: Type.String(),
  rates: Type.Array(Type.Object({ sessions: Type.Number(), setsPerSecond: Type.Number() })),
  handOver: Type.Union([Type.Object({ p50Ms: Type.Number(), p95Ms: Type.Number() }), Type.Null()]),
});

interface Scale {
  readonly sets: number;
  readonly sessions: readonly number[];
  readonly waiting: number;
  readonly samples: number;
}

export const locks: Topic = {
  name: 'locks',
  summary: 'sets of locks, and release to next grant, beside advisory locks of PostgreSQL and Redis',
  async run(options) {
    const scale = scaleOf(options);
    const runs = options.runs ?? (options.smoke ? 1 : 3);
    const contenders = Object.entries({ ...entrants, ...(options.smoke ? {} : peers) })
      .filter(([name]) => isChosen(name, options))
      .map(([name, entrant]) => contenderOf(name, entrant, scale));
    const outcomes = await contest(contenders, runs);
    printFigures(
      `Locks: ${scale.sets} sets of two; ${scale.waiting} waiting, ${scale.samples} releases; medians of ${runs}`,
      [tableOf(outcomes, scale), '', ...outcomes.map(settingsOf)].join('\n'),
    );
  },
};

function scaleOf({ jobs, samples, smoke }: BenchOptions): Scale {
  const sessions = smoke ? [1, 3] : [1, 50];
  return {
    sets: jobs ?? (smoke ? 6 : 2_000),
    sessions,
    waiting: smoke ? 3 : 100,
    samples: samples ?? (smoke ? 3 : 200),
  };
}

function contenderOf(
  name: string,
  { script, store: kind, variant = '' }: Entrant,
  scale: Scale,
): Contender<LockFigures> {
  const isPeer = name in peers;
  const peersThere = existsSync(new URL('../peers/node_modules', import.meta.url));
  return {
    name,
    unavailable: () =>
      isPeer && !peersThere
        ? 'the peers are not installed (npm install in bench/peers)'
        : storeUnavailable(kind),
    async measure() {
      await using store = await startStore(kind);
      const { sets, sessions, waiting, samples } = scale;
      const asked = {
        connection: store.connection,
        variant,
        sets,
        sessions: sessions.join(','),
        waiting,
        samples,
      };
      const args = Object.entries(asked).map(([option, value]) => `--${option}=${value}`);
      return Value.Parse(line, await lineOfChild(new URL(`../${script}`, import.meta.url), args));
    },
  };
}

function tableOf(outcomes: readonly Outcome<LockFigures>[], { sessions }: Scale): string {
  const peer = outcomes.find(({ name }) => name === reference);
  const header = [
    'contestant',
    ...sessions.flatMap((many) => [
      `sets/s, ${many} ${many === 1 ? 'session' : 'sessions'}`,
      '× advisory locks',
    ]),
    ...['release to next grant p50 ms', 'p95 ms', 'runs'],
  ];
  const rows = outcomes.map((it) => [
    it.name,
    ...sessions.flatMap((many) => {
      const rate = rateOf(it, many);
      return [rate?.toFixed(0) ?? '', peer === undefined ? '' : ratio(rate, rateOf(peer, many))];
    }),
    ...(['p50Ms', 'p95Ms'] as const).map((figure) => handOverOf(it, figure)?.toFixed(1) ?? ''),
    it.absent === undefined ? String(it.figures.length) : 'not run',
  ]);
  return markdownTable(header, rows);
}

function rateOf({ figures }: Outcome<LockFigures>, sessions: number): number | undefined {
  const rates = figures.flatMap((it) => it.rates.filter((rate) => rate.sessions === sessions));
  return rates.length === 0 ? undefined : median(rates.map(({ setsPerSecond }) => setsPerSecond));
}

function handOverOf({ figures }: Outcome<LockFigures>, figure: 'p50Ms' | 'p95Ms'): number | undefined {
  const found = figures.flatMap(({ handOver }) => handOver?.[figure] ?? []);
  return found.length === 0 ? undefined : median(found);
}

function settingsOf({ name, figures, absent }: Outcome<LockFigures>): string {
  return `- ${name}: ${absent === undefined ? (figures[0]?.settings ?? 'not run') : `not run: ${absent}`}`;
}
