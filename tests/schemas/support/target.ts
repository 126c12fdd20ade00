import type { Fault } from '../../../src/core/faults.ts';
import type { PostgresRun, RunContext } from '../../../src/schemas/postgres-run/run.ts';
import { ask } from '../../support/ask-postgres.ts';

export async function numbersIn(url: string, table: string): Promise<readonly number[]> {
  const rows = await ask<{ n: number }>(url, `select n from ${table} order by n`);
  return rows.map(({ n }) => n);
}

/** What a handler is told, written down. */
export class Told implements RunContext {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  readonly fractions: number[] = [];
  readonly texts: string[] = [];
  readonly lines: string[] = [];

  progress(fraction: number, text = ''): void {
    this.fractions.push(fraction);
    this.texts.push(text);
  }

  log(text: string): void {
    this.lines.push(text);
  }

  cancel(): void {
    this.#controller.abort(new Error('the job is to end: cancelled'));
  }
}

export function runOf(address: string, epoch: number, ...sqls: readonly string[]): PostgresRun {
  return {
    address,
    claim: { path: 'chado', epoch },
    mode: 'exclusive',
    schema: null,
    files: sqls.map((sql, index) => ({ name: `${index + 1}.sql`, sql })),
    transaction: 'one',
  };
}

export function isFault(code: Fault['code'], words: RegExp) {
  return (error: unknown): boolean =>
    error instanceof Error && 'code' in error && error.code === code && words.test(error.message);
}
