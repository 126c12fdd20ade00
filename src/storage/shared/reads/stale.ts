import { graphBounds } from '../../../core/files/graph.ts';
import { allStale, isRemade, makerNow, toMakeAnew } from '../../../core/files/stale.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { StaleInput, StaleJob } from '../../../ports/records/provenance.ts';
import type { Page } from '../../../ports/storage.ts';
import { placesAlike } from '../acts/place-files.ts';
import { integer, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { newest } from './graph.ts';
import { numericKey, position, writeKey } from './position.ts';
import { projectIdOf } from './project.ts';
import { pathsNow } from './sightings.ts';

/** An input as the last attempt read it. */
interface Reading {
  readonly jobId: number;
  readonly maker: number;
  readonly file: number;
  readonly path: string;
  readonly sha256: string | null;
  readonly place: string | null;
}

/** What was found so far: each job and each place is looked at once for a page. */
interface Known {
  /** What was read, job by job. */
  readonly readings: Map<number, readonly Reading[]>;
  /** What was made last at each place. */
  readonly latest: Map<string, Row>;
  /** Of each job, what was made again since. */
  readonly remade: Map<number, readonly Reading[]>;
  /** Of what was read, the job by whose staleness the reader is stale. */
  readonly restsOn: Map<Reading, number>;
  readonly seen: Set<number>;
}

const jobsAtOnce = 100;

export function* listStale(it: {
  readonly project: string;
  readonly limit: number;
  readonly after?: string;
}): Script<Page<StaleJob>> {
  const { incarnation, sequence } = yield* position();
  const asOf = { incarnation, sequence };
  const projectId = yield* projectIdOf(it.project);
  const known: Known = {
    readings: new Map(),
    latest: new Map(),
    remade: new Map(),
    restsOn: new Map(),
    seen: new Set(),
  };
  const items: StaleJob[] = [];
  let after = numericKey(it.after);
  for (let looked = 0; ; looked += jobsAtOnce) {
    const rows = yield* select('list-project-jobs', projectId, after, jobsAtOnce);
    const ids = rows.map(({ id }) => integer(id));
    for (const job of yield* staleAmong(ids, known)) {
      if (items.length === it.limit) return { items, next: writeKey(after), asOf };
      items.push(job.stale);
      after = job.id;
    }
    after = ids.at(-1) ?? after;
    if (ids.length < jobsAtOnce) return { items, next: null, asOf };
    if (looked >= graphBounds.staleLooks) return { items, next: writeKey(after), asOf };
  }
}

function* staleAmong(
  ids: readonly number[],
  known: Known,
): Script<readonly { readonly id: number; readonly stale: StaleJob }[]> {
  yield* lookInto(ids, known);
  const stale = staleOf(ids, known);
  const makers = yield* lastMakersOf(stale, ids);
  const shown = new Set(ids.filter((id) => makers.get(id)?.includes(id)));
  for (const id of yield* rewrittenOf(makers, known)) shown.add(id);
  const refs = yield* refsOf([...shown], known);
  return ids
    .filter((id) => shown.has(id))
    .map((id) => ({ id, stale: { ref: refs.get(id) ?? '', because: becauseOf(id, known, stale, refs) } }));
}

function* lookInto(ids: readonly number[], known: Known): Script<void> {
  for (let found = yield* readAbove(ids, known); found.length > 0; ) {
    const readings = found.flatMap((id) => known.readings.get(id) ?? []);
    yield* lookAt(readings, known);
    for (const id of found) yield* judge(id, known);
    const others = readings.flatMap((reading) => known.restsOn.get(reading) ?? []);
    found = yield* readAbove(others, known);
  }
}

function staleOf(ids: Iterable<number>, known: Known): ReadonlySet<number> {
  return allStale(
    [...ids].filter((id) => known.readings.has(id)),
    (job) => known.remade.has(job),
    (job) => (known.readings.get(job) ?? []).map((reading) => restsOn(reading, known)),
  );
}

type LastMakers = ReadonlyMap<number, readonly number[]>;

/** Of the stale ones among these: who made last, at each place, what they made. */
function* lastMakersOf(stale: ReadonlySet<number>, ids: Iterable<number>): Script<LastMakers> {
  const wanted = [...ids].filter((id) => stale.has(id));
  const rows = wanted.length === 0 ? [] : yield* select('list-last-makers', wanted);
  const byJob = Map.groupBy(rows, (row) => integer(row.job_id));
  return new Map([...byJob].map(([id, some]) => [id, some.map((row) => integer(row.last_job))]));
}

/** Those whose results were rewritten in place by stale results that rest on them. */
function* rewrittenOf(makers: LastMakers, known: Known): Script<readonly number[]> {
  const rewritten: number[] = [];
  const below = new Set<number>();
  for (const [id, last] of makers) {
    if (last.includes(id)) continue;
    const resting = (yield* select('list-descendants', id)).map((row) => integer(row.job_id));
    if (!last.some((one) => resting.includes(one))) continue;
    rewritten.push(id);
    for (const job of resting) below.add(job);
  }
  if (rewritten.length === 0) return [];
  yield* lookInto([...below], known);
  const stale = staleOf(below, known);
  const lastBelow = yield* lastMakersOf(stale, below);
  const standing = [...below].filter((id) => lastBelow.get(id)?.includes(id));
  const anew = toMakeAnew(standing, (job) => staleMakersOf(job, known, stale));
  return rewritten.filter((id) => anew.has(id));
}

/** Reads what these jobs read, and those who made it, up to the roots; gives the jobs that were not known before. */
function* readAbove(ids: readonly number[], { readings, seen }: Known): Script<readonly number[]> {
  const found: number[] = [];
  let level = unseen(ids, seen);
  while (level.length > 0 && seen.size <= graphBounds.staleKinMax) {
    const makers: number[] = [];
    for (let from = 0; from < level.length; from += jobsAtOnce) {
      const rows = yield* select('list-readings', level.slice(from, from + jobsAtOnce));
      const paths = yield* pathsNow(
        rows.map((row) => ({ place: row.read_place ?? null, path: row.path ?? '' })),
      );
      const pathAt = new Map(rows.map((row, index) => [row, paths[index] ?? text(row.path)]));
      for (const [id, some] of Map.groupBy(rows, (row) => integer(row.job_id))) {
        const last = some.at(-1)?.attempt;
        const read = some.filter(({ attempt }) => attempt === last).map((row) => readingFrom(row, pathAt));
        readings.set(id, read);
        found.push(id);
        for (const { maker } of read) makers.push(maker);
      }
    }
    level = unseen(makers, seen);
  }
  return found;
}

function unseen(ids: readonly number[], seen: Set<number>): readonly number[] {
  const fresh = [...new Set(ids)].filter((id) => !seen.has(id));
  for (const id of fresh) seen.add(id);
  return fresh;
}

function readingFrom(row: Row, pathAt: ReadonlyMap<Row, string>): Reading {
  return {
    jobId: integer(row.job_id),
    maker: integer(row.producer_job),
    file: integer(row.producer_file),
    path: pathAt.get(row) ?? text(row.path),
    sha256: textOrNull(row.sha256),
    place: textOrNull(row.place),
  };
}

/** Looks what was made last where these files were, whatever directory it was placed in. */
function* lookAt(readings: readonly Reading[], { latest }: Known): Script<void> {
  const places = [...new Set(readings.flatMap(({ place }) => place ?? []))].filter(
    (each) => !latest.has(each),
  );
  const alike = yield* placesAlike(places);
  const sought = [...new Set([...alike.values()].flat())].map((place) => `0 ${place}`);
  const made: Row[] = [];
  for (let from = 0; from < sought.length; from += 1_000)
    for (const row of yield* select(
      'list-makers-at',
      sought.slice(from, from + 1_000),
      Number.MAX_SAFE_INTEGER,
    ))
      made.push(row);
  const byPlace = Map.groupBy(made, ({ place }) => place);
  for (const [place, others] of alike) {
    const last = newest(others.flatMap((other) => byPlace.get(other) ?? []));
    if (last !== undefined) latest.set(place, last);
  }
}

/** What of that which a job read was made again since, with other content or with the same. */
function* judge(id: number, { readings, latest, remade, restsOn }: Known): Script<void> {
  const again = (readings.get(id) ?? []).flatMap((reading) => {
    const row = reading.place === null ? undefined : latest.get(reading.place);
    if (row === undefined || integer(row.id) === reading.file || integer(row.job_id) === id) return [];
    const now = { file: integer(row.id), jobId: integer(row.job_id), sha256: textOrNull(row.sha256) };
    return [{ reading, it: { was: { file: reading.file, sha256: reading.sha256 }, now } }];
  });
  if (again.length === 0) return;
  const below = new Set((yield* select('list-descendants', id)).map((row) => integer(row.job_id)));
  const others = again.filter(({ it }) => isRemade(it, id, () => below)).map(({ reading }) => reading);
  if (others.length > 0) remade.set(id, others);
  for (const { reading, it } of again) {
    const maker = makerNow(reading.maker, it, id, () => below);
    if (maker !== reading.maker) restsOn.set(reading, maker);
  }
}

function restsOn(reading: Reading, known: Known): number {
  return known.restsOn.get(reading) ?? reading.maker;
}

/** The stale jobs on which one rests by what is as it was, or was rewritten by those who rest on it. */
function staleMakersOf(id: number, known: Known, stale: ReadonlySet<number>): readonly number[] {
  const same = (known.readings.get(id) ?? []).filter((one) => known.remade.get(id)?.includes(one) !== true);
  return same.map((reading) => restsOn(reading, known)).filter((maker) => stale.has(maker));
}

function* refsOf(shown: readonly number[], { readings, latest }: Known): Script<ReadonlyMap<number, string>> {
  const ids = new Set(shown);
  for (const id of shown)
    for (const { maker, place } of readings.get(id) ?? []) {
      ids.add(maker);
      const row = place === null ? undefined : latest.get(place);
      if (row !== undefined) ids.add(integer(row.job_id));
    }
  const rows = ids.size === 0 ? [] : yield* select('list-refs', [...ids]);
  return new Map(
    rows.map((row) => [
      integer(row.id),
      writeReference({ project: text(row.project), number: text(row.number) }),
    ]),
  );
}

function becauseOf(
  id: number,
  known: Known,
  stale: ReadonlySet<number>,
  refs: ReadonlyMap<number, string>,
): readonly StaleInput[] {
  const { readings, latest, remade } = known;
  return (readings.get(id) ?? []).flatMap((reading): StaleInput[] => {
    const { path, maker, sha256, place } = reading;
    const refOf = (job: number): string => refs.get(job) ?? '';
    const row = remade.get(id)?.includes(reading) && place !== null ? latest.get(place) : undefined;
    if (row !== undefined)
      return [
        {
          path,
          was: { ref: refOf(maker), sha256 },
          now: { ref: refOf(integer(row.job_id)), sha256: textOrNull(row.sha256) },
        },
      ];
    const rests = restsOn(reading, known);
    return stale.has(rests) ? [{ path, was: { ref: refOf(rests), sha256 }, now: null }] : [];
  });
}
