import { type DatabaseState, databaseKinds, databaseStates } from '../../../core/catalogue/database.ts';
import type { Enforcement } from '../../../core/catalogue/enforcement.ts';
import { databaseUnknown } from '../../../core/catalogue/refusals.ts';
import type { Fault } from '../../../core/faults.ts';
import type { Closure, DatabaseRecord } from '../../../ports/records/catalogue.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, integerOrNull, json, oneOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { pageOf, position } from './position.ts';

const states = Object.keys(databaseStates) as readonly DatabaseState[];

export function databaseRecordOf(row: Row): DatabaseRecord {
  return {
    name: text(row.name),
    kind: oneOf(row.kind, databaseKinds),
    state: oneOf(row.state, states),
    tag: textOrNull(row.tag),
    description: text(row.description),
    settings: json<Readonly<Record<string, unknown>>>(row.settings),
    release: textOrNull(row.release),
    declaredIn: textOrNull(row.declared_in),
    createdAt: integer(row.created_at),
    revision: integer(row.revision),
    closure: row.ticket === null ? null : closureOf(row),
  };
}

function closureOf(row: Row): Closure {
  return {
    ticket: integer(row.ticket),
    epoch: integerOrNull(row.epoch),
    by: text(row.principal),
    reason: textOrNull(row.reason),
    since: integer(row.since),
    graceEndsAt: integer(row.grace_ends_at),
    until: integerOrNull(row.until),
    enforcement: textOrNull(row.enforcement) === null ? null : json<Enforcement>(row.enforcement),
  };
}

/** One that is not a project. */
export function* getDatabase({ name }: { readonly name: string }): Script<DatabaseRecord> {
  const row = yield* selectOne('list-databases-by-name', [name]);
  if (row === undefined) throw yield* unknownDatabase(name);
  return databaseRecordOf(row);
}

export function* listDatabases(it: {
  readonly tag?: string | null;
  readonly projects?: boolean;
  readonly limit: number;
  readonly after?: string;
}): Script<Page<DatabaseRecord>> {
  const asOf = yield* position();
  const after = it.after ?? '';
  const many = it.limit + 1;
  const projects = it.projects === false ? 0 : 1;
  const rows =
    it.tag === undefined
      ? yield* select('list-databases', after, many, projects)
      : it.tag === null
        ? yield* select('list-databases-untagged', after, many, projects)
        : yield* select('list-databases-tagged', after, it.tag, many, projects);
  return pageOf(rows, it.limit, asOf, databaseRecordOf, (row) => text(row.name));
}

export function* unknownDatabase(name: string): Script<Fault> {
  const names = (yield* select('list-databases', '', 1_000, 1)).map((row) => text(row.name));
  return databaseUnknown(name, names);
}
