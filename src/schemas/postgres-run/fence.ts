/**
 * The fence: in the database that is worked on, a row for each path, with the epoch of the last holder who began to work
 * there. Who begins raises it; every transaction holds it from its begin until it is over. So whoever lost the lock, and
 * was followed by another, cannot commit.
 *
 * The strengths of row locks are those of the lock table (S on the path, IS above it): who works holds FOR SHARE on its
 * own row and FOR KEY SHARE above; who raises takes FOR UPDATE on its own row and FOR NO KEY UPDATE above. So work in
 * `chado/one` and `chado/two` goes on side by side, and neither beside work in all of `chado`.
 */
import type pg from 'pg';
import { Fault } from '../../core/faults.ts';
import { ancestorsOf, below } from '../../core/locks/paths.ts';

export interface FenceClaim {
  readonly path: string;
  readonly epoch: number;
}

const applicationNameMax = 63;

/** By this name the connection of a holder is found by those who come after it. */
export function applicationName({ path, epoch }: FenceClaim): string {
  const plain = path.replace(/[^\x21-\x7e]/g, '?');
  const room = applicationNameMax - 'labkeep  '.length - String(epoch).length;
  return `labkeep ${plain.slice(0, room)} ${epoch}`;
}

/** The epoch in the name of a holder’s connection; null for the name of something else. */
export function epochOf(application: string): number | null {
  const [, epoch] = /^labkeep \S+ (\d+)$/.exec(application) ?? [];
  return epoch === undefined ? null : Number(epoch);
}

/** Makes the table, and the rows of the path and of all above it. */
export async function makeFence(client: pg.ClientBase, path: string): Promise<void> {
  if (!(await hasFence(client))) {
    await client.query('begin');
    // Two at once would both find it missing, and one would fail.
    await client.query("select pg_advisory_xact_lock(hashtextextended('labkeep_fence', 0))");
    await client.query('create schema if not exists labkeep_fence');
    await client.query(
      'create table if not exists labkeep_fence.labkeep_fence (path text collate "C" primary key, epoch bigint not null)',
    );
    await client.query('commit');
  }
  await client.query(
    'insert into labkeep_fence.labkeep_fence (path, epoch) select unnest($1::text[]), 0 on conflict do nothing',
    [[...ancestorsOf(path), path]],
  );
}

export async function hasFence(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('labkeep_fence.labkeep_fence') is not null as there",
  );
  return rows[0]?.there === true;
}

/** Writes the epoch of a new holder, in a transaction of its own; waits for work under older ones at most `waitMs`. */
export async function raiseFence(client: pg.ClientBase, claim: FenceClaim, waitMs: number): Promise<void> {
  await client.query('begin isolation level read committed');
  try {
    await client.query("select set_config('lock_timeout', $1, true)", [`${waitMs}ms`]);
    // One who stops here would keep all others out.
    await client.query("set local idle_in_transaction_session_timeout = '5s'");
    await lockRows(client, ancestorsOf(claim.path), 'for no key update');
    await lockRows(client, [claim.path], 'for update');
    refuseLost(claim, await newestEpoch(client, claim.path));
    await client.query('update labkeep_fence.labkeep_fence set epoch = $2 where path = $1', [
      claim.path,
      claim.epoch,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Within a transaction: holds the fence until it ends; `lock_lost` when another has begun to work since. */
export async function holdFence(client: pg.ClientBase, claim: FenceClaim): Promise<void> {
  await lockRows(client, ancestorsOf(claim.path), 'for key share');
  await lockRows(client, [claim.path], 'for share');
  refuseLost(claim, await newestEpoch(client, claim.path));
  const { rows } = await client.query<{ epoch: string }>(
    'select epoch from labkeep_fence.labkeep_fence where path = $1',
    [claim.path],
  );
  const own = rows[0]?.epoch;
  if (Number(own) !== claim.epoch) throw lost(claim, own === undefined ? null : Number(own));
}

/** Refused when somebody began to work here, above or below with a newer epoch. */
export async function checkFence(client: pg.ClientBase, claim: FenceClaim): Promise<void> {
  if (await hasFence(client)) refuseLost(claim, await newestEpoch(client, claim.path));
}

/** From above downwards, the same order for all. */
async function lockRows(client: pg.ClientBase, paths: readonly string[], strength: RowLock): Promise<void> {
  for (const path of paths)
    await client.query(`select epoch from labkeep_fence.labkeep_fence where path = $1 ${strength}`, [path]);
}

type RowLock = 'for update' | 'for no key update' | 'for share' | 'for key share';

async function newestEpoch(client: pg.ClientBase, path: string): Promise<number> {
  const { rows } = await client.query<{ epoch: string | null }>(
    `select max(epoch) as epoch from labkeep_fence.labkeep_fence
     where path = any ($1::text[]) or (path >= $2 collate "C" and path < $3 collate "C")`,
    [[...ancestorsOf(path), path], ...below(path)],
  );
  return Number(rows[0]?.epoch ?? 0);
}

function refuseLost(claim: FenceClaim, newest: number): void {
  if (newest > claim.epoch) throw lost(claim, newest);
}

function lost({ path, epoch }: FenceClaim, found: number | null): Fault {
  return new Fault('lock_lost', {
    detail:
      found === null
        ? `The fence of ${path} is gone from the database; this is the holder with epoch ${epoch}`
        : `${path} is worked on by the holder with epoch ${found}; this one has epoch ${epoch}`,
    facts: { path, epoch, found },
  });
}
