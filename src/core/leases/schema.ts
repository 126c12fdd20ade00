/**
 * The schema of a storage is numbered by its migrations. Several servers are upgraded one after another, and one of before
 * that crashes meanwhile must come back; so each migration says how old a schema a server may know to go on with what it
 * leaves behind, and whoever starts or is at work is judged by that alone.
 */
import { Fault } from '../faults.ts';

/** Of a storage, as it is. */
export interface Schema {
  readonly version: number;
  /** Servers have to know this one at least. */
  readonly needed: number;
}

/** What migrations leave behind that are done one after the other. */
export function schemaAfter(before: Schema, done: readonly Schema[]): Schema {
  return done.reduce(
    (schema, { version, needed }) => ({ version, needed: Math.max(schema.needed, needed) }),
    before,
  );
}

/** Refuses a server that is to start, and knows the schemas up to `known`. */
export function checkStart(known: number, { version, needed }: Schema): void {
  if (isEnough(known, needed)) return;
  throw new Fault('schema_newer', {
    detail: `A newer version has changed the storage, so that a server must know schema ${needed}`,
    field: 'storage',
    found: version,
    expected: `a schema up to ${known}`,
  });
}

/** Refuses a server that is at work: another may have changed the schema meanwhile. */
export function checkAtWork(known: number, needed: number): void {
  if (isEnough(known, needed)) return;
  throw new Fault('storage_newer', { found: known, expected: `a server that knows schema ${needed}` });
}

/** Refuses what reads or writes a storage as a whole: it would leave out what it does not know. */
export function checkWhole(known: number, version: number, field: string): void {
  if (known >= version) return;
  throw new Fault('schema_newer', { field, found: version, expected: `a schema up to ${known}` });
}

function isEnough(known: number, needed: number): boolean {
  return known >= needed;
}
