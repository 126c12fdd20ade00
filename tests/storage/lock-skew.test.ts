import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../src/core/faults.ts';
import { readLockWish } from '../../src/core/locks/wishes.ts';
import type { LockRecord, NewSession } from '../../src/ports/records/locks.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { ada, chance } from './support.ts';

const skip = postgresUnavailable() ?? false;
const server = sharedPostgres();

const session: NewSession = {
  name: 'skew',
  host: null,
  pid: null,
  leaseMs: 60_000,
  idleMs: null,
  databases: [],
  forOneLock: false,
};

/** Sets of which each may be granted where there is nothing, and never two. */
const pairs = [
  [['chado:exclusive'], ['chado:exclusive']],
  [['chado:exclusive'], ['chado:shared']],
  [['chado:exclusive'], ['chado/curation:shared']],
  [['chado/curation:shared'], ['chado:exclusive']],
  [
    ['chado/a:exclusive', 'chado/b:shared'],
    ['chado/a:shared', 'chado/b:exclusive'],
  ],
  [
    ['chado/a:exclusive', 'embl:shared'],
    ['chado:shared', 'embl:exclusive'],
  ],
] as const;

const rounds = 10;

test('of two servers that grant at the same instant, each by what it has read, one is refused', {
  skip,
}, async () => {
  const url = await server.freshDatabase('skew');
  const servers = [await openPostgres({ url, chance }), await openPostgres({ url, chance })] as const;
  const barrier = new pg.Client({ connectionString: url });
  await barrier.connect();
  for (const name of ['chado', 'embl']) await servers[0].addDatabase({ by: ada, database: databaseOf(name) });
  const sessions = await Promise.all(servers.map((storage) => storage.openSession({ by: ada, session })));

  const winners = [0, 0];
  for (let round = 0; round < rounds; round += 1)
    for (const sets of pairs) {
      await barrier.query('begin; select * from labkeep.server_state for update');
      const asked = servers.map((storage, index) =>
        take(storage, sessions[index]?.id ?? 0, sets[index] ?? []),
      );
      const outcomes = Promise.allSettled(asked);
      while ((await waitingAtBarrier(barrier)) < 2) await pause(2);
      await barrier.query('commit');
      const granted: LockRecord[] = [];
      for (const [index, outcome] of (await outcomes).entries())
        if (outcome.status === 'fulfilled') {
          granted.push(outcome.value);
          winners[index] = (winners[index] ?? 0) + 1;
        } else {
          assert.ok(outcome.reason instanceof Fault, String(outcome.reason));
          assert.equal(outcome.reason.code, 'lock_conflict');
        }
      assert.equal(granted.length, 1, `${JSON.stringify(sets)}: ${granted.length} were granted`);
      const locks = granted.map(({ ticket, epoch }) => ({ ticket, epoch: epoch ?? 0 }));
      await servers[0].releaseLocks({ by: ada, locks });
    }
  assert.equal(
    winners.reduce((sum, each) => sum + each, 0),
    rounds * pairs.length,
  );
  await barrier.end();
  await Promise.all(servers.map((storage) => storage.close()));
});

test('what one server remembers of the catalogue does not outlive a change by another', {
  skip,
}, async () => {
  const url = await server.freshDatabase('remembered');
  const [one, other] = [await openPostgres({ url, chance }), await openPostgres({ url, chance })];
  await one.addDatabase({ by: ada, database: databaseOf('embl') });
  const { id } = await other.openSession({ by: ada, session });
  const said: string[] = [];
  const ask = async (): Promise<void> => {
    const answer = await take(other, id, ['embl/x:shared']).catch((error: unknown) => error);
    said.push(answer instanceof Fault ? answer.code : 'granted');
  };
  const turn = (state: 'on' | 'off') =>
    one.changeDatabase({ by: ada, name: 'embl', revision: null, changes: { state } });
  await ask();
  await turn('off');
  await ask();
  await turn('on');
  await ask();
  const closing = { by: ada, name: 'embl', reason: null, until: null, graceMs: 60_000 };
  await one.closeDatabase(closing);
  await ask();
  await one.reopenDatabase({ by: ada, name: 'embl', release: null });
  await ask();
  assert.deepEqual(said, ['granted', 'database_off', 'granted', 'database_closed', 'granted']);
  await Promise.all([one.close(), other.close()]);
});

function take(storage: Storage, id: number, written: readonly string[]): Promise<LockRecord> {
  const locks = written.map((each) => readLockWish(each, 'lock'));
  return storage.acquireLocks({ by: ada, session: id, locks, wait: false, waitMs: null });
}

/** How many transactions of servers wait for whoever holds the barrier, or for one who does. */
async function waitingAtBarrier(barrier: pg.Client): Promise<number> {
  const { rows } = await barrier.query(
    `select pid from pg_stat_activity
     where datname = current_database() and application_name = 'labkeep' and cardinality(pg_blocking_pids(pid)) > 0`,
  );
  return rows.length;
}

function databaseOf(name: string) {
  const described = { tag: null, description: '', settings: {}, release: null, declaredIn: null };
  return { name, kind: 'external', state: 'on', ...described } as const;
}
