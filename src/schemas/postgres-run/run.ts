/**
 * Runs SQL files in a PostgreSQL database under a lock of Labkeep: in one transaction, or one for each file. Each work
 * transaction holds the fence of its lock from its first statement to its last.
 */
import { Fault } from '../../core/faults.ts';
import { type FenceClaim, holdFence } from './fence.ts';
import { Holder } from './holder.ts';
import { type SqlStatement, splitStatements } from './split-statements.ts';
import { statementFault } from './statement-fault.ts';

export interface SqlFile {
  readonly name: string;
  readonly sql: string;
}

export interface PostgresRun {
  readonly address: string;
  /** The lock, and its epoch. */
  readonly claim: FenceClaim;
  /** Under a shared lock nothing can be written. */
  readonly mode: 'exclusive' | 'shared';
  /** Where names without a schema are looked up first. */
  readonly schema: string | null;
  readonly files: readonly SqlFile[];
  readonly transaction: 'one' | 'file';
}

export interface RunContext {
  readonly signal: AbortSignal;
  progress(fraction: number, text?: string): void;
  log(text: string): void;
}

export interface RunResult {
  readonly files: number;
  readonly statements: number;
  readonly rows: number;
}

interface Script {
  readonly name: string;
  readonly statements: readonly SqlStatement[];
}

/** All files are read and cut before the first is run; what the last transaction did is there, or nothing of it. */
export async function runPostgres(run: PostgresRun, context: RunContext): Promise<RunResult> {
  const scripts = run.files.map(({ name, sql }) => ({ name, statements: splitStatements(sql, name) }));
  const total = scripts.reduce((sum, { statements }) => sum + statements.length, 0);
  if (total === 0) throw new Fault('invalid_field', { field: 'files', expected: 'at least one statement' });
  context.signal.throwIfAborted();
  const holder = await Holder.open(run.address, run.claim, run.mode);
  try {
    const work = new Work(run, context, holder, total);
    holder.onNotice((text) => context.log(text));
    const groups = run.transaction === 'one' ? [scripts] : scripts.map((script) => [script]);
    for (const group of groups) await work.transact(group);
    context.progress(1, 'committed');
    return { files: scripts.length, statements: total, rows: work.rows };
  } finally {
    await holder.close();
  }
}

class Work {
  rows = 0;
  readonly #run: PostgresRun;
  readonly #context: RunContext;
  readonly #holder: Holder;
  readonly #total: number;
  #done = 0;
  readonly #committed: string[] = [];

  constructor(run: PostgresRun, context: RunContext, holder: Holder, total: number) {
    this.#run = run;
    this.#context = context;
    this.#holder = holder;
    this.#total = total;
  }

  async transact(scripts: readonly Script[]): Promise<void> {
    try {
      await this.#begin();
      for (const script of scripts) await this.#execute(script);
      await this.#commit();
      for (const { name, statements } of scripts) {
        this.#context.log(`${name}: ${statements.length} statements`);
        this.#committed.push(name);
      }
    } catch (error) {
      throw await this.#explain(error);
    }
  }

  async #begin(): Promise<void> {
    const { client } = this.#holder;
    const { mode, claim, schema } = this.#run;
    this.#context.signal.throwIfAborted();
    if (mode === 'shared') await client.query('begin isolation level repeatable read read only');
    else {
      await client.query('begin isolation level read committed read write');
      await this.#guarded(holdFence(client, claim));
      await this.#holder.remember();
    }
    if (schema !== null)
      await client.query("select set_config('search_path', quote_ident($1) || ', public', true)", [schema]);
  }

  async #execute({ name, statements }: Script): Promise<void> {
    for (const statement of statements) {
      this.#context.signal.throwIfAborted();
      // Never 1: that is said when all is committed.
      const fraction = this.#done / (this.#total + 1);
      this.#context.progress(
        fraction,
        `${name}, line ${statement.line}: ${this.#done} of ${this.#total} statements`,
      );
      try {
        this.rows += await this.#guarded(this.#holder.execute(statement.text));
      } catch (error) {
        throw statementFault(error, name, statement);
      }
      this.#done += 1;
    }
    this.#context.progress(this.#done / (this.#total + 1), `${name}: its last statement is done`);
  }

  /** The fence is looked at once more, as the last thing before the commit. */
  async #commit(): Promise<void> {
    const { signal } = this.#context;
    const { client } = this.#holder;
    signal.throwIfAborted();
    if (this.#run.mode === 'exclusive') {
      // The files may have become another role.
      await client.query('reset session authorization');
      await this.#guarded(holdFence(client, this.#run.claim));
      await this.#holder.refuseOtherTransaction();
    }
    signal.throwIfAborted();
    await this.#holder.commit();
    if (this.#run.mode === 'shared') await this.#holder.checkFence();
  }

  /** Waits for a statement; when the job is to end, that is cancelled. */
  async #guarded<Answer>(statement: Promise<Answer>): Promise<Answer> {
    const { signal } = this.#context;
    const cancel = (): void => void this.#holder.cancelUntil(statement);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await statement;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** What is said of an error: that the lock is lost, where it is; and which files are committed all the same. */
  async #explain(error: unknown): Promise<unknown> {
    await this.#holder.rollBack();
    const cause = this.#context.signal.aborted
      ? this.#context.signal.reason
      : await this.#holder.reason(error);
    if (this.#committed.length > 0)
      this.#context.log(`committed before: ${this.#committed.join(', ')}; nothing of the files after them`);
    else this.#context.log('nothing was committed');
    return cause;
  }
}
