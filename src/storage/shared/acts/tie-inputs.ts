import { contentOf, type Found, findMaker, type Made, type Wanted } from '../../../core/files/ties.ts';
import type { LiveJob } from '../../../core/jobs/job.ts';
import { integer, textOrNull } from '../rows.ts';
import type { Row, Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { placesAlike } from './place-files.ts';

/** Attempts that start: each input is tied to what made it. Where no job reads a file, nothing is asked. */
export function* tieAttempts(tx: Transaction, lives: readonly LiveJob[]): Script<void> {
  const readers = lives.filter((live) => live.policy.readsFiles);
  if (readers.length === 0) return;
  yield* tx.write(
    'delete-ties',
    readers.map((live) => [live.id, live.attempt]),
  );
  // What nobody can rest on yet closes no circle: only a later attempt can.
  const fresh = readers.filter((live) => live.attempt <= 1);
  yield* tie(tx, fresh, tx.now, { provisional: false });
  for (const live of readers)
    if (live.attempt > 1) {
      const rows = yield* tx.select('list-descendants', live.id);
      const below = new Set(rows.map((row) => integer(row.job_id)));
      yield* tie(tx, [live], tx.now, { provisional: false, below });
    }
}

/** Jobs that wait: what their inputs are as things stand; looked for again when they start. */
export function* tieProvisionally(tx: Transaction, lives: readonly LiveJob[]): Script<void> {
  const readers = lives.filter(
    (live) => live.policy.readsFiles && live.attempt === 0 && live.state !== 'draft',
  );
  const next = readers.map((live) => ({ id: live.id, attempt: 1 }));
  yield* tie(tx, next, tx.now, { provisional: true });
}

/** A recorded run: once when it is told, and anew at its end, with what was told meanwhile of the time before it. */
export function* tieRun(tx: Transaction, live: LiveJob): Script<void> {
  yield* tx.write('delete-ties', [[live.id, live.attempt]]);
  yield* tie(tx, [live], live.startedAt ?? tx.now, { provisional: false });
}

interface Kind {
  readonly provisional: boolean;
  /** Those that rest on the job: to rest on one of them would close a circle. */
  readonly below?: ReadonlySet<number>;
}

function* tie(
  tx: Transaction,
  attempts: readonly Pick<LiveJob, 'id' | 'attempt'>[],
  before: number,
  { provisional, below }: Kind,
): Script<void> {
  if (attempts.length === 0) return;
  const inputs = yield* tx.select(
    'list-inputs',
    attempts.map(({ id }) => id),
  );
  const wanted = yield* wantedOf(inputs);
  const found = yield* findMakers(tx, wanted, before);
  const numbers = new Map(attempts.map(({ id, attempt }) => [id, attempt]));
  yield* tx.write(
    'insert-ties',
    [...found].map(([file, { made, by }]): readonly Value[] => {
      const { jobId } = wanted.get(file) ?? { jobId: 0 };
      const maker = [made.jobId, made.attempt, made.file, by];
      const flags = [provisional ? 1 : 0, below?.has(made.jobId) === true ? 1 : 0];
      return [jobId, numbers.get(jobId) ?? 1, file, ...maker, ...flags];
    }),
  );
}

function* wantedOf(inputs: readonly Row[]): Script<ReadonlyMap<number, Wanted>> {
  const alike = yield* placesAlike(inputs.flatMap((row) => textOrNull(row.place) ?? []));
  const wanted = new Map<number, Wanted>();
  for (const row of inputs) {
    const place = textOrNull(row.place);
    wanted.set(integer(row.id), {
      jobId: integer(row.job_id),
      places: place === null ? [] : (alike.get(place) ?? []),
      sha256: textOrNull(row.sha256),
    });
  }
  return wanted;
}

/** By place first; by content only what no place tells. */
function* findMakers(
  tx: Transaction,
  wanted: ReadonlyMap<number, Wanted>,
  before: number,
): Script<ReadonlyMap<number, Found>> {
  const placesOf = ({ places }: Wanted): readonly string[] => places;
  const contentsOf = (it: Wanted): readonly string[] => [contentOf(it) ?? []].flat();
  const found = new Map<number, Found>();
  const passes = [
    { name: 'list-makers-at', keysOf: placesOf, keyOf: ({ place }: Made) => place },
    { name: 'list-makers-of', keysOf: contentsOf, keyOf: ({ sha256 }: Made) => sha256 },
  ];
  for (const { name, keysOf, keyOf } of passes) {
    const open = [...wanted].filter(([file]) => !found.has(file));
    const sought = new Set(open.flatMap(([, it]) => keysOf(it).map((key) => `${it.jobId} ${key}`)));
    if (sought.size === 0) continue;
    const made = Map.groupBy((yield* tx.select(name, [...sought], before)).map(madeFrom), keyOf);
    for (const [file, it] of open) {
      const maker = findMaker(
        it,
        before,
        keysOf(it).flatMap((key) => made.get(key) ?? []),
      );
      if (maker !== null) found.set(file, maker);
    }
  }
  return found;
}

function madeFrom(row: Row): Made {
  return {
    file: integer(row.id),
    jobId: integer(row.job_id),
    attempt: integer(row.attempt),
    madeAt: integer(row.made_at),
    place: textOrNull(row.place),
    sha256: textOrNull(row.sha256),
  };
}
