import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresBinaries } from '../../tests/support/postgres-binaries.ts';
import { storeUnavailable } from './servers.ts';

/** What a reader must know of the machine to judge the figures, in one line. */
export function machineFacts(): string {
  const cores = availableParallelism();
  return [
    `Node ${process.versions.node}`,
    `SQLite ${process.versions.sqlite ?? 'unknown'}`,
    storeUnavailable('postgres') === undefined ? `PostgreSQL ${postgresVersion()}` : 'no PostgreSQL',
    `${cores} ${cores === 1 ? 'core' : 'cores'}`,
    `${process.platform} ${process.arch}`,
  ].join(', ');
}

function postgresVersion(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'labkeep-bench-'));
  try {
    return postgresBinaries(scratch).version;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A topic's table with its facts, as it is pasted into docs/benchmarks.md. */
export function printFigures(title: string, table: string): void {
  console.log(`\n${title}\n\n${table.trimEnd()}\n\n${machineFacts()}.`);
}
