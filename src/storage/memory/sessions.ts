import { refuseShut } from '../../core/catalogue/refusals.ts';
import { Fault } from '../../core/faults.ts';
import { extendedLease } from '../../core/leases/gap.ts';
import { refuseSession } from '../../core/leases/incarnation.ts';
import type { LockStorage, SessionEnd, SessionNotice, SessionRecord } from '../../ports/records/locks.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { databaseNamed } from './catalogue.ts';
import { isIn, requestsOfSession, takeAway } from './locks.ts';
import { byNumber, pageOf } from './pages.ts';
import type { State } from './state.ts';

type ParamsOf<Verb extends keyof LockStorage> = Parameters<LockStorage[Verb]>[0];

const endedKeptMs = 86_400_000;

export function openSession(act: Act, { by, session }: ParamsOf<'openSession'>): SessionRecord {
  refuseSession(act.now, act.state.restoredAt, act.durations.leaseMs);
  const databases = sorted(session.databases);
  for (const name of databases) refuseShut(databaseNamed(act.state, name));
  const id = ++act.state.epoch;
  const times = { openedAt: act.now, usedAt: act.now, leaseEndsAt: act.now + session.leaseMs };
  const opened = { ...session, id, principal: by.principal, ...times, databases, ended: null };
  act.state.sessions.set(id, opened);
  return opened;
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort((one, other) => (one < other ? -1 : 1));
}

export function renewSession(act: Act, params: ParamsOf<'renewSession'>) {
  const { id, leaseMs } = openSessionOf(act.state, params.principal, params.session);
  renew(act, id, params.used);
  return { leaseMs, notices: noticesOf(act.state, id) };
}

function noticesOf(state: State, session: number): readonly SessionNotice[] {
  return sorted(state.databases.keys()).flatMap((database) => {
    const { closure, ...entry } = databaseNamed(state, database);
    if (closure === null || entry.state !== 'closing' || !isIn(state, session, database)) return [];
    const { reason, graceEndsAt: closesAt, until } = closure;
    return [{ database, reason, closesAt, until }];
  });
}

export function openDatabases(act: Act, params: ParamsOf<'openDatabases'>): SessionRecord {
  const { id, databases } = openSessionOf(act.state, params.by.principal, params.session);
  for (const name of sorted(params.open)) refuseShut(databaseNamed(act.state, name));
  use(act, id);
  const kept = databases.filter((name) => !params.leave.includes(name));
  const changed = { ...sessionNumbered(act.state, id), databases: sorted([...kept, ...params.open]) };
  act.state.sessions.set(id, changed);
  return changed;
}

export function endSessionBy(act: Act, { by, session, text }: ParamsOf<'endSession'>): SessionRecord {
  const { principal, ended } = sessionNumbered(act.state, session);
  if (ended === null)
    endSession(act, session, principal === by.principal ? 'closed' : 'ended_by_manager', text);
  return sessionNumbered(act.state, session);
}

/** Ends a session: what it held and waited for is free at once. */
export function endSession(act: Act, id: number, reason: SessionEnd, text: string | null): void {
  const session = sessionNumbered(act.state, id);
  act.state.sessions.set(id, { ...session, databases: [], ended: { at: act.now, reason, text } });
  for (const request of requestsOfSession(act.state, id)) takeAway(act, request);
  if (reason !== 'closed') tell(act, 'session.ended', null);
}

/** Ends the sessions that nobody renews, or uses. */
export function endSilentSessions(act: Act): void {
  for (const { id, ended, leaseEndsAt, idleMs, usedAt } of act.state.sessions.values()) {
    if (ended !== null) continue;
    if (leaseEndsAt <= act.now) endSession(act, id, 'lease_lost', null);
    else if (idleMs !== null && usedAt + idleMs <= act.now) endSession(act, id, 'idle', null);
  }
}

export function extendSessions(act: Act, ms: number): void {
  for (const session of act.state.sessions.values())
    if (isOpen(session)) {
      const by = { extensionMs: ms, now: act.now, leaseMs: session.leaseMs };
      const leaseEndsAt = extendedLease(session.leaseEndsAt, by);
      const usedAt = Math.min(session.usedAt + ms, act.now);
      act.state.sessions.set(session.id, { ...session, leaseEndsAt, usedAt });
    }
}

export function trimSessions(act: Act): void {
  for (const { id, ended } of act.state.sessions.values())
    if (ended !== null && ended.at < act.now - endedKeptMs) act.state.sessions.delete(id);
}

export function sessionNumbered(state: State, id: number): SessionRecord {
  const found = state.sessions.get(id);
  if (found === undefined) throw new Fault('session_unknown', { found: id });
  return found;
}

/** The session, if it is this principal’s and open. */
export function openSessionOf(state: State, principal: string, id: number): SessionRecord {
  const found = sessionNumbered(state, id);
  if (found.principal !== principal) throw new Fault('session_unknown', { found: id });
  if (found.ended === null) return found;
  const { reason, text } = found.ended;
  throw new Fault('session_ended', { found: id, facts: { reason, text } });
}

export function isOpen({ ended }: SessionRecord): boolean {
  return ended === null;
}

/** Notes that a session did something: that keeps it alive, too. */
export function use(act: Act, id: number): void {
  renew(act, id, true);
}

function renew(act: Act, id: number, used: boolean): void {
  const session = sessionNumbered(act.state, id);
  const leaseEndsAt = act.now + session.leaseMs;
  const usedAt = used ? act.now : session.usedAt;
  act.state.sessions.set(id, { ...session, leaseEndsAt, usedAt });
}

export function listSessions(
  state: State,
  { ended, ...page }: ParamsOf<'listSessions'>,
): Page<SessionRecord> {
  const rows = [...state.sessions.values()].filter((session) => ended || isOpen(session)).toReversed();
  return pageOf(
    state,
    rows,
    page,
    byNumber(({ id }) => id, true),
    (session) => session,
  );
}
