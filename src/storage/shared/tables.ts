/** The tables of a storage, the same in every database. A backup is a SQLite file that holds them all. */
export const tables = [
  'server_state',
  'projects',
  'classes',
  'jobs',
  'documents',
  'live',
  'dependencies',
  'containers',
  'attempts',
  'late_reports',
  'files',
  'progress',
  'log',
  'log_sizes',
  'workers',
  'tokens',
  'answers',
  'events',
  'tallies',
  'runs',
  'directories',
  'former_directories',
  'ties',
  'annotations',
  'job_tags',
  'job_numbers',
  'comments',
  'words',
  'templates',
  'databases',
  'closures',
  'releases',
  'sessions',
  'session_databases',
  'lock_requests',
  'lock_claims',
  'database_uses',
  'tasks',
  'task_runs',
  'servers',
] as const;
export type TableName = (typeof tables)[number];

export interface Column {
  readonly name: string;
  readonly type: 'integer' | 'text' | 'real' | 'blob';
}

export type Cell = string | number | null | Uint8Array;

/** Rows are lists of cells in the order of the columns of the backup file. */
export type Rows = readonly (readonly Cell[])[];

export interface TableSource {
  columns(table: TableName): readonly Column[];
  /** All rows of a table, in slices. */
  read(table: TableName, columns: readonly Column[]): AsyncIterable<Rows>;
}

export interface TableSink {
  write(table: TableName, columns: readonly Column[], rows: Rows): Promise<void>;
}

/** Copies every table; the columns are those of the side that is a file. */
export async function copyTables(
  columnsOf: TableSource['columns'],
  from: Pick<TableSource, 'read'>,
  to: TableSink,
): Promise<void> {
  for (const table of tables) {
    const columns = columnsOf(table);
    for await (const rows of from.read(table, columns)) await to.write(table, columns, rows);
  }
}
