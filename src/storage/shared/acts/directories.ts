import { Fault } from '../../../core/faults.ts';
import type { Move } from '../../../core/files/moved.ts';
import type { NamedDirectory } from '../../../ports/records/directories.ts';
import type { Page } from '../../../ports/storage.ts';
import { pageOf, position } from '../reads/position.ts';
import { projectIdOf } from '../reads/project.ts';
import { integer, text } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { projectRow } from './know.ts';

interface Named {
  readonly project: string | null;
  readonly alias: string;
}

/** What stands for the server in the column of projects. */
const server = 0;

export function* saveDirectory(
  tx: Transaction,
  { project, alias, path }: Named & { readonly path: string },
): Script<NamedDirectory> {
  const projectId = project === null ? server : integer((yield* projectRow(tx, project)).id);
  const known = yield* tx.selectOne('find-directory', projectId, alias);
  if (known?.path === path) return { alias, path };
  yield* setDirectory(tx, projectId, alias, path);
  tx.record('directories.changed', project === null ? null : projectId);
  return { alias, path };
}

/** Names a folder, or moves it, and keeps where it was. */
export function* setDirectory(tx: Transaction, projectId: number, alias: string, path: string): Script<void> {
  yield* tx.write('keep-former-directory', [[projectId, alias, path, tx.now]]);
  yield* tx.write('set-directory', [[projectId, alias, path]]);
}

export function* listMoves({ project }: { readonly project: string }): Script<readonly Move[]> {
  const rows = yield* select('list-moves', yield* idOf(project));
  return rows.map((row) => ({ from: text(row.came_from), to: text(row.path), until: integer(row.until) }));
}

export function* removeDirectory(tx: Transaction, { project, alias }: Named): Script<null> {
  const projectId = project === null ? server : integer((yield* projectRow(tx, project)).id);
  const known = yield* tx.selectOne('find-directory', projectId, alias);
  if (known === undefined) throw new Fault('directory_unknown', { field: 'alias', found: alias });
  yield* tx.write('remove-directory', [[integer(known.id)]]);
  tx.record('directories.changed', project === null ? null : projectId);
  return null;
}

export function* getDirectory({ project, alias }: Named): Script<NamedDirectory> {
  const row = yield* selectOne('find-directory', yield* idOf(project), alias);
  if (row === undefined) throw new Fault('directory_unknown', { field: 'alias', found: alias });
  return directoryFrom(row);
}

export function* listDirectories(it: {
  readonly project: string | null;
  readonly limit: number;
  readonly after?: string;
}): Script<Page<NamedDirectory>> {
  const asOf = yield* position();
  const rows = yield* select('list-directories', yield* idOf(it.project), it.after ?? '', it.limit + 1);
  return pageOf(rows, it.limit, asOf, directoryFrom, (row) => text(row.alias));
}

function* idOf(project: string | null): Script<number> {
  return project === null ? server : yield* projectIdOf(project);
}

function directoryFrom(row: Row): NamedDirectory {
  return { alias: text(row.alias), path: text(row.path) };
}
