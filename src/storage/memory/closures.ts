import { refuseShut } from '../../core/catalogue/refusals.ts';
import { Fault } from '../../core/faults.ts';
import type { CatalogueStorage, Closure, DatabaseRecord } from '../../ports/records/catalogue.ts';
import { type Act, tellOfDatabase } from './act.ts';
import { databaseNamed, ownEntry, replace } from './catalogue.ts';
import { addRequest, grantWhatIsFree, isIn, requestOf, takeAway } from './locks.ts';
import { followChosenRelease } from './releases.ts';
import { endSession, isOpen } from './sessions.ts';
import type { State } from './state.ts';

type ParamsOf<Verb extends keyof CatalogueStorage> = Parameters<CatalogueStorage[Verb]>[0];

export function closeDatabase(act: Act, params: ParamsOf<'closeDatabase'>): DatabaseRecord {
  const { by, name, reason, until, graceMs, enforcement = null } = params;
  const database = ownEntry(act.state, name);
  refuseShut(database);
  const locks = [{ path: name, mode: 'exclusive' }] as const;
  const { ticket } = addRequest(act, { of: { database: name }, locks, waitUntil: null });
  const times = { since: act.now, graceEndsAt: act.now + graceMs, until, enforcement };
  const closure: Closure = { ticket, epoch: null, by: by.principal, reason, ...times };
  replace(act, { ...database, state: 'closing', closure });
  tellOfDatabase(act, 'database.closing', name);
  endGraces(act);
  grantWhatIsFree(act);
  return databaseNamed(act.state, name);
}

/** Ends the sessions that are still in a database whose grace is over. */
export function endGraces(act: Act): void {
  for (const { name, state, closure } of act.state.databases.values()) {
    if (state !== 'closing' || closure === null || act.now < closure.graceEndsAt) continue;
    for (const { id } of act.state.sessions.values())
      if (isIn(act.state, id, name)) endSession(act, id, 'database_closed', closure.reason);
  }
}

/** Whether a closure waits for a session that has the database open. */
export function isAwaited(state: State, name: string): boolean {
  return [...state.sessions.values()].some((each) => isOpen(each) && each.databases.includes(name));
}

/** What follows when a closure was granted its lock. */
export function grantClosure(act: Act, name: string): void {
  const database = databaseNamed(act.state, name);
  const { closure } = database;
  if (closure === null) throw new Error(`nothing closes ${name}`);
  const { epoch } = requestOf(act.state, closure.ticket);
  replace(act, { ...database, state: 'closed', closure: { ...closure, epoch } });
  tellOfDatabase(act, 'database.closed', name);
}

export function reopenDatabase(act: Act, { name, release }: ParamsOf<'reopenDatabase'>): DatabaseRecord {
  const { closure, release: before } = ownEntry(act.state, name);
  if (closure === null)
    throw new Fault('state_conflict', { found: name, detail: 'The database is not closed.' });
  if (release !== null && release !== before) followChosenRelease(act, name, release);
  takeAway(act, requestOf(act.state, closure.ticket));
  return endClosure(act, name, release);
}

export function endClosure(act: Act, name: string, release: string | null = null): DatabaseRecord {
  const database = databaseNamed(act.state, name);
  tellOfDatabase(act, 'database.reopened', name);
  return replace(act, { ...database, state: 'on', closure: null, release: release ?? database.release });
}

/** Closures outlive a restore, but not their epochs: others may have been given since the backup. */
export function renewClosures(act: Act): void {
  for (const database of act.state.databases.values()) {
    const { name, closure } = database;
    if (closure === null || closure.epoch === null) continue;
    const epoch = ++act.state.epoch;
    act.state.requests.set(closure.ticket, { ...requestOf(act.state, closure.ticket), epoch });
    act.state.databases.set(name, { ...database, closure: { ...closure, epoch } });
  }
}
