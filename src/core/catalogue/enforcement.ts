import { Fault } from '../faults.ts';
import { checkText } from '../text.ts';

/** Roles of a PostgreSQL that are kept out by the database itself while a closure lasts. */
export interface Enforcement {
  /** Of this schema they may not see anything; null: they may not connect to the database. */
  readonly schema: string | null;
  readonly roles: readonly string[];
}

export const rolesMax = 100;
const roleLength = 63;

/** Names of roles, each once. */
export function checkRoles(roles: readonly string[], field: string): readonly string[] {
  const names = [...new Set(roles.map((role) => role.trim()))];
  if (names.length === 0 || names.length > rolesMax || names.includes(''))
    throw new Fault('invalid_field', {
      field,
      found: roles,
      expected: `from 1 to ${rolesMax} names of PostgreSQL roles`,
    });
  for (const name of names) checkText(name, field, roleLength);
  return names;
}

/** Reads `reader, curator`, as settings have it. */
export function readRoles(written: string, field: string): readonly string[] {
  return checkRoles(written.split(','), field);
}
