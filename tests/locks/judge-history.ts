/** What must be true of every history of locks, whatever was killed meanwhile. Pure, and without a rule of the server. */
import type { LockWish } from '../../src/core/locks/wishes.ts';
import type { Line } from './history.ts';

/** A request, with the numbers of the lines that tell of it. */
interface Told {
  readonly request: string;
  readonly session: string;
  readonly locks: readonly LockWish[];
  readonly askedAt: number;
  readonly waitMs: number | null;
  ticket: number | null;
  /** When its ticket was known, by line. */
  queued: number;
  epoch: number | null;
  granted: number;
  grantedAt: number;
  refused: boolean;
  /** Its line, or none: infinite. */
  left: number;
  /** Its lease lasts at least so long. */
  leaseEndsAt: number;
  /** What it held, and from which line on. */
  readonly phases: Phase[];
}

interface Phase {
  readonly from: number;
  readonly at: number;
  readonly locks: readonly LockWish[];
  readonly epoch: number;
}

export interface Judged {
  readonly breaches: Readonly<Record<(typeof rules)[number], readonly string[]>>;
  readonly counts: {
    readonly granted: number;
    readonly queued: number;
    /** Pairs of requests that excluded each other, and were both granted. */
    readonly conflicts: number;
    readonly checks: number;
    /** Sessions that were not renewed in time, or never closed. */
    readonly abandoned: number;
  };
}

export const rules = [
  'nobody holds what another’s lock excludes',
  'epochs rise with every grant of what excludes each other',
  'nobody passes whoever came before',
  'whoever waits is granted in the end',
  'an epoch holds what is held, and nothing after another had it',
] as const;

/** `endedAt`: by then all leases of those that were killed are over. */
export function judgeHistory(lines: readonly Line[], endedAt: number): Judged {
  const told = requestsOf(lines);
  const granted = told.filter(({ epoch }) => epoch !== null);
  const pairs = pairsOf(told, ({ locks }) => locks);
  const everHeld = pairsOf(told, ({ phases }) => phases.flatMap(({ locks }) => locks));
  const checks = lines.filter(({ what }) => what === 'held' || what === 'not held').length;
  const closed = new Set(lines.flatMap((line) => (line.what === 'closing' ? line.session : [])));
  const opened = lines.filter(({ what }) => what === 'opened');
  return {
    breaches: {
      [rules[0]]: everHeld.flatMap(overlap),
      [rules[1]]: pairs.flatMap(fallingEpoch),
      [rules[2]]: pairs.flatMap(passedBy),
      [rules[3]]: told.flatMap((it) => starved(it, endedAt)),
      [rules[4]]: wrongChecks(lines, told),
    },
    counts: {
      granted: granted.length,
      queued: told.filter(({ queued }) => queued !== Number.POSITIVE_INFINITY).length,
      conflicts: pairs.filter(([one, other]) => one.epoch !== null && other.epoch !== null).length,
      checks,
      abandoned: opened.filter((line) => line.what === 'opened' && !closed.has(line.session)).length,
    },
  };
}

function requestsOf(lines: readonly Line[]): readonly Told[] {
  const told = new Map<string, Told>();
  const leases = leasesOf(lines);
  const closings = new Map(
    lines.flatMap((line, index) => (line.what === 'closing' ? [[line.session, index] as const] : [])),
  );
  lines.forEach((line, index) => {
    if (line.what === 'asked')
      told.set(line.request, {
        ...{ request: line.request, session: line.session, locks: line.locks, waitMs: line.waitMs },
        askedAt: line.at,
        ticket: null,
        queued: Number.POSITIVE_INFINITY,
        epoch: null,
        granted: Number.POSITIVE_INFINITY,
        grantedAt: Number.POSITIVE_INFINITY,
        refused: false,
        left: closings.get(line.session) ?? Number.POSITIVE_INFINITY,
        leaseEndsAt: leases.get(line.session) ?? 0,
        phases: [],
      });
    const it = 'request' in line ? told.get(line.request) : undefined;
    if (it !== undefined) take(it, line, index);
  });
  return [...told.values()];
}

function take(it: Told, line: Line, index: number): void {
  switch (line.what) {
    case 'queued':
      it.ticket = line.ticket;
      it.queued = index;
      return;
    case 'granted':
      it.ticket = line.ticket;
      it.epoch = line.epoch;
      it.granted = index;
      it.grantedAt = line.at;
      it.phases.push({ from: index, at: line.at, locks: it.locks, epoch: line.epoch });
      return;
    case 'weakening':
    case 'stronger': {
      const epoch = line.what === 'stronger' ? line.epoch : (it.phases.at(-1)?.epoch ?? 0);
      it.phases.push({ from: index, at: line.at, locks: line.locks, epoch });
      return;
    }
    case 'refused':
      it.refused = true;
      it.left = Math.min(it.left, index);
      return;
    case 'leaving':
      it.left = Math.min(it.left, index);
  }
}

/** Until when each session lived at least: its lease, from the last renewal that was answered. */
function leasesOf(lines: readonly Line[]): ReadonlyMap<string, number> {
  const leaseMs = new Map<string, number>();
  const ends = new Map<string, number>();
  for (const line of lines) {
    if (line.what === 'opened') leaseMs.set(line.session, line.leaseMs);
    if (line.what === 'opened' || line.what === 'renewed')
      ends.set(line.session, line.sentAt + (leaseMs.get(line.session) ?? 0));
  }
  return ends;
}

type Pair = readonly [Told, Told];

/** All that exclude each other in what they asked for. */
function pairsOf(told: readonly Told[], locksOf: (it: Told) => readonly LockWish[]): readonly Pair[] {
  return told.flatMap((one, index) =>
    told
      .slice(index + 1)
      .flatMap((other): Pair[] => (exclude(locksOf(one), locksOf(other)) ? [[one, other]] : [])),
  );
}

function exclude(one: readonly LockWish[], other: readonly LockWish[]): boolean {
  return one.some((a) =>
    other.some(
      (b) =>
        (a.mode === 'exclusive' || b.mode === 'exclusive') &&
        (a.path === b.path || a.path.startsWith(`${b.path}/`) || b.path.startsWith(`${a.path}/`)),
    ),
  );
}

/**
 * A later grant while the earlier one had not begun to leave, and its lease was not over. An answer that came when the
 * lease of its own session was over tells nothing of what is held.
 */
function overlap([one, other]: Pair): string[] {
  const phases = [one, other].flatMap((it) => it.phases.map((phase, index) => ({ it, phase, index })));
  return phases.flatMap(({ it: later, phase }) =>
    phases
      .filter(({ it: earlier, phase: held, index }) => {
        const end = Math.min(earlier.left, earlier.phases[index + 1]?.from ?? Number.POSITIVE_INFINITY);
        return (
          earlier !== later &&
          held.from < phase.from &&
          phase.from < end &&
          phase.at < earlier.leaseEndsAt &&
          phase.at < later.leaseEndsAt &&
          exclude(held.locks, phase.locks)
        );
      })
      .map(
        ({ it: earlier }) =>
          `${say(later)} (line ${phase.from + 1}) came in beside ${say(earlier)} (line ${earlier.granted + 1})`,
      ),
  );
}

function fallingEpoch([one, other]: Pair): string[] {
  if (one.epoch === null || other.epoch === null) return [];
  const [earlier, later] = one.granted < other.granted ? [one, other] : [other, one];
  const isLate = later.grantedAt >= later.leaseEndsAt;
  if (isLate || (earlier.epoch ?? 0) < (later.epoch ?? 0)) return [];
  return [`${say(later)} has epoch ${later.epoch}, after ${earlier.epoch} of ${say(earlier)}`];
}

/** Tickets and epochs are counted by one counter, so the order of both is that in which the server gave them. */
function passedBy([one, other]: Pair): string[] {
  if (one.ticket === null || other.ticket === null) return [];
  const [first, second] = one.ticket < other.ticket ? [one, other] : [other, one];
  if (second.epoch === null) return [];
  const isPassed =
    first.epoch === null
      ? first.queued < second.granted &&
        second.granted < first.left &&
        second.grantedAt < first.leaseEndsAt &&
        (first.waitMs === null || second.grantedAt < first.askedAt + first.waitMs)
      : second.epoch < first.epoch;
  return isPassed ? [`${say(second)} passed ${say(first)}, which came before`] : [];
}

function starved(it: Told, endedAt: number): string[] {
  if (it.epoch !== null || it.refused || it.left !== Number.POSITIVE_INFINITY) return [];
  return it.leaseEndsAt < endedAt ? [] : [`${say(it)} waited for ever`];
}

function wrongChecks(lines: readonly Line[], told: readonly Told[]): string[] {
  const byName = new Map(told.map((it) => [it.request, it]));
  const asked = new Map<string, { readonly index: number; readonly at: number }>();
  return lines.flatMap((line, index): string[] => {
    if (line.what !== 'checking' && line.what !== 'held' && line.what !== 'not held') return [];
    const key = `${line.request} ${line.path} ${line.mode}`;
    if (line.what === 'checking') asked.set(key, { index, at: line.at });
    const begun = asked.get(key);
    const it = byName.get(line.request);
    if (line.what === 'checking' || begun === undefined || it === undefined) return [];
    const where = `${line.path}:${line.mode} (line ${index + 1})`;
    if (line.what === 'not held')
      return index < it.left && line.at < it.leaseEndsAt ? [`${say(it)} did not hold ${where}`] : [];
    const phase = it.phases.findLast(({ from }) => from < begun.index);
    const since = phase?.from ?? it.granted;
    const epoch = phase?.epoch ?? it.epoch ?? 0;
    const other = told.find(
      (each) =>
        each !== it &&
        since < each.granted &&
        each.granted < begun.index &&
        // A client that was stopped may tell of a grant long after it: the epochs say which came first.
        (each.epoch ?? 0) > epoch &&
        exclude([line], each.phases[0]?.locks ?? []),
    );
    return other === undefined
      ? []
      : [`${say(it)} held ${where} although ${say(other)} had come in meanwhile`];
  });
}

function say({ request, locks }: Told): string {
  return `${request} [${locks.map(({ path, mode }) => `${path}:${mode}`).join(' ')}]`;
}
