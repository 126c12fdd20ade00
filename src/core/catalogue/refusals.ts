import { Fault } from '../faults.ts';
import { nearestName } from '../nearest-name.ts';
import type { DatabaseState, Entry } from './database.ts';

/** The refusal of a name that is not in the catalogue, with the nearest that is. */
export function databaseUnknown(name: string, known: readonly string[]): Fault {
  const nearest = nearestName(name, known);
  return new Fault('database_unknown', {
    found: name,
    ...(nearest !== null && { detail: `There is no database ${name}; did you mean ${nearest}?` }),
  });
}

/** Refuses what is done to entries of the catalogue alone: a project is changed as a project. */
export function refuseProject({ name, kind }: Pick<Entry, 'name' | 'kind'>): void {
  if (kind === 'project')
    throw new Fault('state_conflict', { detail: `${name} is a project: it is not changed as a database` });
}

/** Refuses a database that is not open to all, with what is said of its closure. */
export function refuseShut(database: {
  readonly name: string;
  readonly state: DatabaseState;
  readonly closure: { readonly reason: string | null; readonly until: number | null } | null;
}): void {
  const { name, state, closure } = database;
  if (state === 'off') throw new Fault('database_off', { found: name });
  if (closure === null) return;
  const { reason, until } = closure;
  throw new Fault('database_closed', {
    detail: `${name} is ${state}${reason === null ? '' : `: ${reason}`}`,
    facts: { database: name, state, reason, until: until === null ? null : new Date(until).toISOString() },
  });
}
