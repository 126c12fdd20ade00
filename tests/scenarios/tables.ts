/** How many dead rows the tables have whose rows come and go; what ends is kept in others, which only grow. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from './stage.ts';

const hot = ['live', 'classes', 'server_state', 'workers', 'tallies', 'projects', 'servers'];

export interface TableFacts {
  readonly table: string;
  readonly rows: number;
  readonly dead: number;
  /** Row versions that were made obsolete so far, since the last crash of PostgreSQL. */
  readonly made: number;
  readonly bytes: number;
}

/** Counted, not estimated: `analyze` reads such small tables as a whole. */
export async function lookAtTables(stage: Stage): Promise<readonly TableFacts[]> {
  const names = hot.map((table) => `labkeep.${table}`).join(', ');
  await stage.ask(`analyze ${names}`);
  const rows = await stage.ask(
    `select relname, n_live_tup, n_dead_tup, n_tup_upd + n_tup_del as made, pg_total_relation_size(relid) as bytes
     from pg_stat_user_tables where schemaname = 'labkeep' and relname in ('${hot.join(`', '`)}')`,
  );
  return rows.map((row) => ({
    table: String(row.relname),
    rows: Number(row.n_live_tup),
    dead: Number(row.n_dead_tup),
    made: Number(row.made),
    bytes: Number(row.bytes),
  }));
}

/**
 * What may be left once nobody writes: PostgreSQL leaves a table alone as long as it has no more than 50 dead rows and a
 * fifth of the live ones. Rows that somebody might still see are not removed, however often it looks.
 */
function isClean({ rows, dead }: TableFacts): boolean {
  return dead <= 50 + rows / 5;
}

/** Waits until autovacuum has been there; the last look, clean or not. */
export async function settleTables(stage: Stage, forMs: number): Promise<readonly TableFacts[]> {
  const endsAt = performance.now() + forMs;
  for (;;) {
    const facts = await lookAtTables(stage);
    if (facts.every(isClean) || performance.now() > endsAt) return facts;
    await delay(300);
  }
}

export function unclean(facts: readonly TableFacts[]): readonly string[] {
  return facts
    .filter((it) => !isClean(it))
    .map(({ table, rows, dead }) => `${table} has ${dead} dead rows beside ${rows}`);
}
