/** What a second server, and a pooler between them and PostgreSQL, do to the jobs that go through. */
import { type Contender, contest, drainContender, type Outcome } from '../support/contest.ts';
import { printFigures } from '../support/machine.ts';
import type { DrainFigures } from '../support/measure.ts';
import type { StoreKind } from '../support/servers.ts';
import { markdownTable, median, ratio, spread } from '../support/table.ts';
import { isChosen, type Topic } from './topic.ts';

const overHttp = new URL('../labkeep/over-http.ts', import.meta.url);

const clients = 16;
const batches = [1, 10];
/** What a pooler costs is told by the same number of servers without one. */
const settings: readonly { readonly name: string; readonly store: StoreKind; readonly beside: string }[] = [
  { name: 'one server', store: 'labkeep-postgres', beside: 'one server' },
  { name: 'two servers', store: 'labkeep-postgres-two', beside: 'one server' },
  { name: 'one server, pooler', store: 'labkeep-pooler', beside: 'one server' },
  { name: 'two servers, pooler', store: 'labkeep-pooler-two', beside: 'two servers' },
];

export const servers: Topic = {
  name: 'servers',
  summary: 'jobs through claim and completion by one server and by two, with and without a pooler',
  async run(options) {
    const jobs = options.jobs ?? (options.smoke ? 40 : 4_000);
    const runs = options.runs ?? (options.smoke ? 1 : 3);
    const chosen = options.smoke ? settings.filter(({ name }) => name === 'two servers, pooler') : settings;
    const contenders = (options.smoke ? [10] : batches)
      .flatMap((batch) => chosen.map((setting) => contenderOf(setting, batch, jobs)))
      .filter(({ name }) => isChosen(name, options));
    const outcomes = await contest(contenders, runs);
    printFigures(
      `Servers: ${jobs} jobs on one PostgreSQL, ${clients} clients over HTTP, medians of ${runs}`,
      tableOf(outcomes),
    );
  },
};

function contenderOf(
  { name, store }: (typeof settings)[number],
  batch: number,
  jobs: number,
): Contender<DrainFigures> {
  return drainContender(
    nameOf(name, batch),
    { script: overHttp, variant: `${batch}/${clients}`, store },
    jobs,
  );
}

function nameOf(setting: string, batch: number): string {
  return `${setting}, by ${batch}`;
}

function tableOf(outcomes: readonly Outcome<DrainFigures>[]): string {
  const ratesOf = (name: string): readonly number[] =>
    (outcomes.find((it) => it.name === name)?.figures ?? []).map((it) => it.drainJobsPerSecond);
  const rateOf = (name: string): number | undefined => {
    const rates = ratesOf(name);
    return rates.length === 0 ? undefined : median(rates);
  };
  const rows = settings.flatMap(({ name, beside }) =>
    batches.flatMap((batch) => {
      const found = outcomes.find((it) => it.name === nameOf(name, batch));
      if (found === undefined) return [];
      if (found.absent !== undefined) return [[`${found.name}: ${found.absent}`, '', '', '', '']];
      const rate = rateOf(found.name);
      return [
        [
          found.name,
          rate?.toFixed(0) ?? '',
          name === beside ? '' : `${ratio(rate, rateOf(nameOf(beside, batch)))} ${beside}`,
          median(found.figures.map((it) => it.cpuMicrosPerJob)).toFixed(0),
          spread(ratesOf(found.name))?.toFixed(2) ?? '',
        ],
      ];
    }),
  );
  return markdownTable(['servers, jobs at a time', 'jobs/s', 'beside', 'client cpu µs/job', 'spread'], rows);
}
