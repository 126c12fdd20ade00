import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../../core/faults.ts';
import { databaseOf } from '../../core/locks/paths.ts';
import { addressOf } from '../../schemas/connect.ts';
import { runPostgres, type SqlFile } from '../../schemas/postgres-run/run.ts';
import type { Handler } from '../../worker/worker.ts';
import { type Fields, parametersOf } from '../parameters-of.ts';
import type { CatalogueEntry, TaskSurroundings } from '../surroundings.ts';
import { postgresRun } from './definition.ts';

interface Parameters {
  readonly database: string;
  readonly files: readonly string[];
  readonly transaction: 'one' | 'file';
  readonly mode: 'exclusive' | 'shared';
}

const fileBytesMax = 256 * 1024 * 1024;

/** The work of postgres.run, under the lock that came with the job. */
export function runSqlFiles({ env, database }: TaskSurroundings): Handler {
  return async (job, { signal, progress, log }) => {
    const parameters = parametersOf(job.parameters, postgresRun, areParameters);
    const { database: path, transaction, mode } = parameters;
    const held = job.databases?.find((lock) => lock.path === path && lock.mode === mode);
    if (held === undefined)
      throw new Fault('lock_not_held', { found: path, expected: `a job that holds it ${mode}` });
    const name = databaseOf(path);
    const { kind, settings } = await database(name);
    if (kind !== 'postgres')
      throw new Fault('invalid_field', {
        field: 'parameters.database',
        found: name,
        expected: `a database of kind postgres; it is of kind ${kind}`,
      });
    const folder = job.directory ?? job.projectDirectory;
    const files: SqlFile[] = [];
    for (const file of parameters.files) files.push({ name: file, sql: await readSql(file, folder) });
    const schema = path.includes('/') ? (path.split('/')[1] ?? null) : schemaOf(settings);
    const result = await runPostgres(
      {
        address: addressOf(settings, env),
        claim: { path, epoch: job.epoch },
        mode,
        schema,
        files,
        transaction,
      },
      { signal, progress, log },
    );
    log(`${result.statements} statements of ${result.files} files, ${result.rows} rows`);
    return {};
  };
}

function areParameters(fields: Fields): fields is Fields & Parameters {
  const { database, files, transaction, mode } = fields;
  return (
    typeof database === 'string' &&
    Array.isArray(files) &&
    files.every((file) => typeof file === 'string') &&
    (transaction === 'one' || transaction === 'file') &&
    (mode === 'exclusive' || mode === 'shared')
  );
}

function schemaOf({ schema }: CatalogueEntry['settings']): string | null {
  return typeof schema === 'string' ? schema : null;
}

async function readSql(file: string, folder: string | null): Promise<string> {
  const path = resolve(folder ?? '/', file);
  const { size } = await stat(path);
  if (size > fileBytesMax)
    throw new Fault('too_large', { field: 'files', found: file, expected: `at most ${fileBytesMax} bytes` });
  const bytes = await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Fault('sql_unsupported', { detail: `${file} is not text in UTF-8`, facts: { file } }, error);
  }
}
