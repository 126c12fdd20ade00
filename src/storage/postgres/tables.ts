import type pg from 'pg';
import { Fault } from '../../core/faults.ts';
import type { Cell, Column, Rows, TableName, TableSink, TableSource } from '../shared/tables.ts';
import { tables } from '../shared/tables.ts';
import { faultOf } from './faults.ts';
import { checkKnown, neededBy, setNeeded } from './migrate.ts';
import { Primary } from './primary.ts';

const types = { integer: 'bigint', text: 'text', real: 'double precision', blob: 'bytea' } as const;
const rowsAtOnce = 500;
/** Tables whose ids PostgreSQL gives out. */
const counted: readonly TableName[] = ['projects', 'classes', 'late_reports', 'files', 'directories'];

/** Runs `use` over all tables as they were at one instant, while servers go on. */
export async function readTables<T>(
  url: string,
  use: (source: Pick<TableSource, 'read'>) => Promise<T>,
): Promise<T> {
  return await withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    await checkKnown(client);
    const result = await use({ read: (table, columns) => readTable(client, table, columns) });
    await client.query('commit');
    return result;
  });
}

/** Fills a storage that holds no project yet, all tables or none. */
export async function fillTables(url: string, use: (sink: TableSink) => Promise<void>): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('begin');
    await client.query('select from labkeep.server_state for update');
    await checkKnown(client);
    const needed = await neededBy(client);
    const projects = await client.query('select name from labkeep.projects limit 1');
    if (projects.rows.length > 0)
      throw new Fault('data_unusable', {
        field: 'storage',
        found: 'a storage with projects',
        expected: 'an empty one: nothing is overwritten',
      });
    for (const table of tables) await client.query(`delete from labkeep.${table}`);
    await use({ write: (table, columns, rows) => writeRows(client, table, columns, rows) });
    await setNeeded(client, needed);
    // What is no table of a backup, since it follows from one.
    await client.query(
      'insert into labkeep.ended select project_id, state, id, parent_id from labkeep.jobs where state is not null',
    );
    for (const table of counted)
      await client.query(
        `select setval(pg_get_serial_sequence('labkeep.${table}', 'id'), coalesce((select max(id) from labkeep.${table}), 0) + 1, false)`,
      );
    await client.query('commit');
  });
}

async function* readTable(
  client: pg.Client,
  table: TableName,
  columns: readonly Column[],
): AsyncIterable<Rows> {
  const names = columns.map(({ name }) => name).join(', ');
  await client.query(`declare slice no scroll cursor for select ${names} from labkeep.${table}`);
  for (;;) {
    const { rows } = await client.query<unknown[]>({
      text: `fetch ${rowsAtOnce} from slice`,
      rowMode: 'array',
    });
    if (rows.length === 0) break;
    yield rows.map((row) => row.map((cell, index) => cellOf(cell, columns[index])));
  }
  await client.query('close slice');
}

function cellOf(cell: unknown, column: Column | undefined): Cell {
  if (cell === null) return null;
  return column?.type === 'integer' ? Number(cell) : (cell as Cell);
}

async function writeRows(
  client: pg.Client,
  table: TableName,
  columns: readonly Column[],
  rows: Rows,
): Promise<void> {
  const names = columns.map(({ name }) => name).join(', ');
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${types[type]}[]`).join(', ');
  const values = columns.map((_, index) => rows.map((row) => row[index] ?? null));
  await client.query(
    `insert into labkeep.${table} (${names}) overriding system value select * from unnest(${arrays})`,
    values,
  );
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  let client: pg.Client | null = null;
  try {
    client = await new Primary(url).connect('labkeep backup');
    return await use(client);
  } catch (error) {
    throw faultOf(error);
  } finally {
    await client?.end();
  }
}
