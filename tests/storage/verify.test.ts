/** Each damage that somebody does to the tables by hand is named, and nothing else is. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import pg from 'pg';
import { specifyJob } from '../../src/core/jobs/specify.ts';
import type { Check } from '../../src/core/verify/judge.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { findFlaws } from '../conformance/history.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { ada, chance, clock, furnish } from './support.ts';

interface Damage {
  readonly name: string;
  /** In plain SQL; tables of PostgreSQL are found by its search path. */
  readonly sql: string;
  readonly check: Check;
  readonly subject: RegExp;
}

/** toxd/1 succeeded, 2 failed and was tried twice, 3 runs under a lock, 4 is ready, 5 has the children 5.1 and 5.2. */
const damages: readonly Damage[] = [
  {
    name: 'an ended job is among the unfinished again',
    sql: `update jobs set state = 'failed' where number = '4'`,
    check: 'job_state',
    subject: /^toxd\/4$/,
  },
  {
    name: 'the row of an unfinished job is gone',
    sql: `delete from live where number = '4'`,
    check: 'job_state',
    subject: /^toxd\/4$/,
  },
  {
    name: 'the job of an unfinished row is gone',
    sql: `delete from jobs where number = '4'`,
    check: 'job_state',
    subject: /^unfinished row \d+$/,
  },
  {
    name: 'a ready job has the epoch of a worker',
    sql: `update live set epoch = 7 where number = '4'`,
    check: 'job_hands',
    subject: /^toxd\/4$/,
  },
  {
    name: 'a running job has neither worker nor epoch',
    sql: `update live set epoch = null, worker_id = null where number = '3'`,
    check: 'job_hands',
    subject: /^toxd\/3$/,
  },
  {
    name: 'a ready job has no rank',
    sql: `update live set rank = null where number = '4'`,
    check: 'job_rank',
    subject: /^toxd\/4$/,
  },
  {
    name: 'an attempt is missing',
    sql: `delete from attempts where attempt = 1 and job_id = (select id from jobs where number = '2')`,
    check: 'attempts',
    subject: /^toxd\/2$/,
  },
  {
    name: 'an attempt has an older epoch than the one before',
    sql: `update attempts set epoch = 1 where attempt = 2`,
    check: 'attempts',
    subject: /^toxd\/2$/,
  },
  {
    name: 'a job succeeded whose attempt failed',
    sql: `update attempts set outcome = 'failed' where job_id = (select id from jobs where number = '1')`,
    check: 'outcome',
    subject: /^toxd\/1$/,
  },
  {
    name: 'children are counted wrongly',
    sql: `update containers set open = open + 1 where job_id = (select id from jobs where number = '5')`,
    check: 'children',
    subject: /^toxd\/5$/,
  },
  {
    name: 'ended jobs are counted wrongly',
    sql: `update tallies set jobs = 17 where state = 'succeeded'`,
    check: 'counts',
    subject: /^toxd$/,
  },
  {
    name: 'the session of a lock has ended',
    sql: `update sessions set ended_at = 1, end_reason = 'closed'`,
    check: 'lock_holder',
    subject: /^lock /,
  },
  {
    name: 'a granted lock holds nothing',
    sql: `delete from lock_claims where path = 'nr'`,
    check: 'lock_claims',
    subject: /^lock /,
  },
  {
    name: 'two hold what excludes one another',
    sql: `insert into lock_claims (path, ticket, mode, granted) select path, 1, 'X', 1 from lock_claims where path = 'embl'`,
    check: 'lock_alone',
    subject: /^embl$/,
  },
  {
    name: 'a running job has lost its locks',
    sql: `delete from lock_requests where job_id is not null`,
    check: 'lock_missing',
    subject: /^toxd\/3$/,
  },
  {
    name: 'an event is missing',
    sql: `delete from events where sequence = 5`,
    check: 'event_gap',
    subject: /^event 6$/,
  },
  {
    name: 'the last event is missing',
    sql: `delete from events where sequence = (select max(sequence) from events)`,
    check: 'event_gap',
    subject: /^the last event$/,
  },
  {
    name: 'a job was given another state behind the back of the events',
    sql: `update jobs set state = 'cancelled' where number = '2'`,
    check: 'event_state',
    subject: /^toxd\/2$/,
  },
];

async function live(storage: Storage): Promise<void> {
  await furnish(storage);
  const settings = { tag: null, description: '', settings: {}, release: null, declaredIn: null } as const;
  for (const name of ['embl', 'nr'])
    await storage.addDatabase({ by: ada, database: { ...settings, name, kind: 'external', state: 'on' } });
  const submit = (request: Parameters<typeof specifyJob>[0]) =>
    storage.insertJobs({ by: ada, project: 'toxd', jobs: [specifyJob(request, 'ada')] });
  const command = ['true'];
  const worker = await storage.registerWorker({
    profile: { name: 'w', principal: 'ada', labels: {}, tasks: ['command'], capacity: 1, accept: [] },
  });
  const take = async () => {
    const claim = { worker: worker.worker, principal: 'ada', held: null, startAtOnce: true };
    const { offers } = await storage.claimJobs({ ...claim, capacity: 1 });
    return offers[0] ?? assert.fail('nothing was handed out');
  };
  const finish = async (outcome: 'succeeded' | 'failed'): Promise<void> => {
    const { attempt, epoch } = await take();
    const report = { attempt, epoch, outcome, exitCode: 0, outputs: [], error: null, reason: null };
    await storage.finishAttempts({ principal: 'ada', attempts: [report] });
  };
  await submit({ command });
  await finish('succeeded');
  await submit({ command, retry: { max: 1, delayMs: 0 } });
  await finish('failed');
  await storage.sweep();
  await finish('failed');
  await submit({ command, locks: ['nr:exclusive'] });
  await take();
  await submit({ command });
  await submit({});
  await submit({ command, parent: '5', hold: true });
  await submit({ command, parent: '5', hold: true });
  const session = await storage.openSession({
    by: ada,
    session: {
      name: 's',
      host: null,
      pid: null,
      leaseMs: 60_000,
      idleMs: null,
      databases: [],
      forOneLock: false,
    },
  });
  const locks = [{ path: 'embl', mode: 'shared' }] as const;
  await storage.acquireLocks({ by: ada, session: session.id, locks, wait: false, waitMs: null });
}

async function judge(storage: Storage, { check, subject }: Damage): Promise<void> {
  const flaws = await findFlaws(storage);
  const named = flaws.filter((flaw) => flaw.check === check && subject.test(flaw.subject));
  assert.ok(named.length > 0, JSON.stringify(flaws));
}

const databases = sharedPostgres();
const folder = mkdtempSync(join(tmpdir(), 'labkeep-verify-'));
after(() => rmSync(folder, { recursive: true }));

test('sqlite: a sound record has no flaw, and each damage is named', async (t) => {
  const file = join(folder, 'labkeep.db');
  const storage = await openSqlite({ file, clock, chance });
  await live(storage);
  assert.deepEqual(await findFlaws(storage, undefined, 2), []);
  const database = new DatabaseSync(file);
  await storage.close();
  const whole = join(folder, 'whole.db');
  database.prepare('vacuum into ?').run(whole);
  database.close();
  for (const [index, damage] of damages.entries())
    await t.test(damage.name, async () => {
      const copy = join(folder, `${index}.db`);
      const source = new DatabaseSync(whole);
      source.prepare('vacuum into ?').run(copy);
      source.close();
      const damaged = new DatabaseSync(copy);
      damaged.exec(damage.sql);
      damaged.close();
      const reopened = await openSqlite({ file: copy, clock, chance });
      await judge(reopened, damage);
      await reopened.close();
    });
});

/** The tables that damages touch. */
const tables = [
  ...['jobs', 'live', 'attempts', 'containers', 'tallies', 'events'],
  ...['sessions', 'lock_requests', 'lock_claims'],
];

test('postgres: a sound record has no flaw, and each damage is named', {
  skip: postgresUnavailable() ?? false,
}, async (t) => {
  const url = await databases.freshDatabase();
  const storage = await openPostgres({ url, chance, connections: 2 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await live(storage);
    assert.deepEqual(await findFlaws(storage, undefined, 2), []);
    await client.query('set search_path = labkeep');
    for (const table of tables) await client.query(`create temp table kept_${table} as table ${table}`);
    for (const damage of damages)
      await t.test(damage.name, async () => {
        await client.query(damage.sql);
        try {
          await judge(storage, damage);
        } finally {
          for (const table of tables)
            await client.query(`delete from ${table}; insert into ${table} table kept_${table}`);
        }
      });
    assert.deepEqual(await findFlaws(storage, undefined, 2), []);
  } finally {
    await client.end();
    await storage.close();
  }
});
