import type { JobClass } from '../../../core/dispatch/classes.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import { blockersOf, type Standing } from '../../../core/locks/judge.ts';
import { expand } from '../../../core/locks/wishes.ts';
import type { LockHolder, LockRecord } from '../../../ports/records/locks.ts';
import { databaseRecordOf } from '../reads/catalogue.ts';
import { integer, integerOrNull, json, liveOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, selectTogether } from '../script.ts';
import { claimOf, type LockRequest } from './requests.ts';
import { isServed, listAbilities } from './standing.ts';

/** Requests as people see them: who they are, and whom they wait for. Sessions that were read already are not read again. */
export function* lockRecords(
  requests: readonly LockRequest[],
  read: readonly Row[] = [],
): Script<readonly LockRecord[]> {
  const waits = requests.filter(({ epoch }) => epoch === null);
  const claims = new Map(waits.map((request) => [request.ticket, expand(request.locks)]));
  const paths = [...new Set([...claims.values()].flat().map(({ path }) => path))];
  const standing = paths.length === 0 ? [] : yield* standingOn(paths);
  const asleep = new Set(standing.filter((it) => !it.granted && !it.live).map(({ ticket }) => ticket));
  const waiting = new Set(standing.filter((it) => !it.granted && it.live).map(({ ticket }) => ticket));
  const holders = yield* holdersOf(requests, read);
  return requests.map((request): LockRecord => {
    const { ticket, epoch } = request;
    const waitsFor = epoch === null ? blockersOf(claims.get(ticket) ?? [], ticket, standing) : [];
    const held = holders.get(ticket);
    if (held === undefined) throw new Error(`the request ${ticket} is of nobody`);
    const { holder, leaseEndsAt } = held;
    return {
      ticket,
      state: epoch === null ? 'waiting' : 'granted',
      locks: request.locks,
      epoch,
      requestedAt: request.requestedAt,
      grantedAt: request.grantedAt,
      waitUntil: request.waitUntil,
      leaseEndsAt,
      holder,
      asleep: asleep.has(ticket),
      waitsFor,
      position: epoch === null ? 1 + waitsFor.filter((other) => waiting.has(other)).length : 0,
    };
  });
}

/** All who hold something on these paths, or wait for it. */
export function* standingOn(paths: readonly string[]): Script<readonly Standing[]> {
  const rows = (yield* select('list-claims-on', paths)).map(claimOf);
  const classIds = new Set(
    rows.flatMap(({ classId, granted }) => (classId === null || granted ? [] : classId)),
  );
  if (classIds.size === 0) return rows.map((row) => ({ ...row, live: true }));
  const workers = yield* listAbilities();
  const sleeping = new Set<number>();
  const bodies = yield* selectTogether(...[...classIds].map((id) => ['find-class', id] as const));
  [...classIds].forEach((id, index) => {
    if (!isServed(workers, json<JobClass>(bodies[index]?.[0]?.body))) sleeping.add(id);
  });
  return rows.map((row) => ({ ...row, live: row.classId === null || !sleeping.has(row.classId) }));
}

interface Held {
  readonly holder: LockHolder;
  readonly leaseEndsAt: number | null;
}

function* holdersOf(
  requests: readonly LockRequest[],
  read: readonly Row[],
): Script<ReadonlyMap<number, Held>> {
  const held = new Map<number, Held>();
  const sessions = yield* bySession(
    requests.flatMap(({ sessionId }) => sessionId ?? []),
    read,
  );
  const databases = yield* byDatabase(requests.flatMap(({ database }) => database ?? []));
  const jobs = yield* jobsOf(requests);
  const byJob = yield* jobsById([...new Set(jobs.values())]);
  for (const { ticket, sessionId, database } of requests) {
    const it =
      (sessionId === null ? undefined : sessions.get(sessionId)) ??
      (database === null ? undefined : databases.get(database)) ??
      byJob.get(jobs.get(ticket) ?? -1);
    if (it !== undefined) held.set(ticket, it);
  }
  return held;
}

function* bySession(ids: readonly number[], read: readonly Row[]): Script<ReadonlyMap<number, Held>> {
  const held = new Map(read.map((row) => [integer(row.id), sessionHolder(row)]));
  const unread = [...new Set(ids)].filter((id) => !held.has(id));
  if (unread.length === 0) return held;
  for (const row of yield* select('list-sessions-by-id', unread))
    held.set(integer(row.id), sessionHolder(row));
  return held;
}

function sessionHolder(row: Row): Held {
  const holder: LockHolder = {
    kind: 'session',
    session: integer(row.id),
    principal: text(row.principal),
    name: text(row.name),
    host: textOrNull(row.host),
    pid: integerOrNull(row.pid),
  };
  return { holder, leaseEndsAt: integer(row.lease_ends_at) };
}

function* byDatabase(names: readonly string[]): Script<ReadonlyMap<string, Held>> {
  const held = new Map<string, Held>();
  if (names.length === 0) return held;
  for (const { name, closure } of (yield* select('list-databases-by-name', names)).map(databaseRecordOf)) {
    if (closure === null) continue;
    const { by, reason, until } = closure;
    held.set(name, {
      holder: { kind: 'closure', database: name, principal: by, reason, until },
      leaseEndsAt: null,
    });
  }
  return held;
}

/** The job of each request, by ticket: the one that holds, or the first of the class that waits. */
function* jobsOf(requests: readonly LockRequest[]): Script<ReadonlyMap<number, number>> {
  const jobs = new Map<number, number>();
  const asked: (readonly [name: string, classId: number, limit: number])[] = [];
  const tickets: number[] = [];
  for (const { ticket, jobId, classId } of requests)
    if (jobId !== null) jobs.set(ticket, jobId);
    else if (classId !== null) {
      asked.push(['list-ready-of-class', classId, 1]);
      tickets.push(ticket);
    }
  const found = yield* selectTogether(...asked);
  tickets.forEach((ticket, index) => {
    const row = found[index]?.[0];
    if (row !== undefined) jobs.set(ticket, liveOf(row).id);
  });
  return jobs;
}

function* jobsById(ids: readonly number[]): Script<ReadonlyMap<number, Held>> {
  if (ids.length === 0) return new Map();
  return new Map((yield* select('list-lock-jobs', ids)).map((row) => [integer(row.id), jobHolder(row)]));
}

function jobHolder(row: Row): Held {
  const fraction = row.fraction;
  const holder: LockHolder = {
    kind: 'job',
    ref: writeReference({ project: text(row.project), number: text(row.number) }),
    principal: text(row.owner),
    worker: textOrNull(row.worker),
    progress: typeof fraction === 'number' ? { fraction, text: textOrNull(row.text) } : null,
  };
  return { holder, leaseEndsAt: null };
}
