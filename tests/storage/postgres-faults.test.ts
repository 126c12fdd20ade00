import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import type { Storage } from '../../src/ports/storage.ts';
import { Notices } from '../../src/storage/postgres/notices.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { Primary } from '../../src/storage/postgres/primary.ts';
import { heardTroubles } from '../support/heard-troubles.ts';
import { type PostgresServer, postgresUnavailable, startPostgres } from '../support/postgres.ts';
import {
  ada,
  allJobs,
  chance,
  furnish,
  isFault,
  registered,
  statesOf,
  submit,
  wholeRecord,
} from './support.ts';

describe('PostgreSQL', { skip: postgresUnavailable() ?? false }, () => {
  let server: PostgresServer | undefined;
  let databases = 0;
  after(() => server?.stop());

  async function freshUrl(): Promise<string> {
    server ??= await startPostgres();
    const name = `faults_${++databases}`;
    await withClient(server.url('postgres'), (client) => client.query(`create database ${name}`));
    return server.url(name);
  }

  async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }

  test('twenty servers that start at once on an empty database make one schema', async () => {
    const url = await freshUrl();
    const storages = await Promise.all(
      Array.from({ length: 20 }, () => openPostgres({ url, chance, connections: 2 })),
    );
    const incarnations = await Promise.all(
      storages.map(async (storage) => (await storage.status()).incarnation),
    );
    assert.equal(new Set(incarnations).size, 1);
    await Promise.all(storages.map((storage) => storage.close()));
  });

  test('a wrong password, a database that is not there, a user without rights, a standby are refused as such', async () => {
    const url = await freshUrl();
    await withClient(url, (client) =>
      client.query(`create role guest login password 'g';
        create role reader login superuser password 'r'; alter role reader set default_transaction_read_only = on`),
    );
    const changed = (changes: Partial<URL>): string => Object.assign(new URL(url), changes).href;
    for (const [what, wrong] of [
      ['password', changed({ password: 'wrong' })],
      ['user', changed({ username: 'nobody' })],
      ['database', changed({ pathname: '/absent' })],
      ['rights', changed({ username: 'guest', password: 'g' })],
      ['standby', changed({ username: 'reader', password: 'r' })],
    ] as const)
      await assert.rejects(openPostgres({ url: wrong, chance }), isFault('storage_refused'), what);
  });

  test('sixteen writers on two servers: events without gap, and a list with what followed is the list taken later', async () => {
    const url = await freshUrl();
    const servers = [await openPostgres({ url, chance }), await openPostgres({ url, chance })] as const;
    await furnish(servers[0]);
    const write = async (writer: number): Promise<void> => {
      const storage = servers[writer % 2] as Storage;
      for (let round = 0; round < 12; round++) {
        const numbers = await submit(storage, 3);
        const places = numbers.slice(0, 2).map((number) => ({ project: 'toxd', number }));
        await storage.moveJobs({ by: ada, places, act: round % 2 === 0 ? 'cancel' : 'hold' });
      }
    };
    const writers = Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
    const page = await servers[1].listJobs({ project: 'toxd', limit: 1_000 });
    const states = new Map(page.items.map((job) => [`toxd/${job.number}`, job.state as string]));
    await writers;
    for (let position = page.asOf; ; ) {
      const events = await servers[0].listEvents({ after: position, limit: 50, project: 'toxd' });
      for (const event of events.items) for (const job of event.jobs) states.set(job.ref, job.state);
      if (events.upTo === position.sequence) break;
      position = { incarnation: events.incarnation, sequence: events.upTo };
    }
    const later = await allJobs(servers[1]);
    assert.equal(later.size, 16 * 12 * 3);
    assert.deepEqual([...states].sort(), [...later].sort());
    assert.deepEqual(statesOf(await wholeRecord(servers[1])), later);
    await Promise.all(servers.map((storage) => storage.close()));
  });

  test('a hint of one server wakes the other', async () => {
    const url = await freshUrl();
    const [one, two] = [await openPostgres({ url, chance }), await openPostgres({ url, chance })];
    await furnish(one);
    const heard = new Promise<void>((resolve) => two.onHint((hint) => hint.ready && resolve()));
    await submit(one, 1);
    await heard;
    await one.close();
    await two.close();
  });

  test('what a server has to tell when it closes is told before', async () => {
    const primary = new Primary(await freshUrl());
    const { failures, ...troubles } = heardTroubles();
    const noticesOf = (self: string) => new Notices(primary, { self, troubles, apart: false });
    const [one, two] = [noticesOf('one'), noticesOf('two')];
    await Promise.all([one.open(), two.open()]);
    const heard = new Promise<void>((resolve) =>
      two.listen(({ workers }) => {
        if (workers.includes(2)) resolve();
      }),
    );
    const hint = { ready: null, event: false, locks: false };
    one.send({ ...hint, workers: [1] }, false);
    one.send({ ...hint, workers: [2] }, false);
    await one.close();
    await heard;
    await two.close();
    assert.deepEqual(failures, []);
  });

  test('what others send to the channel of hints is said, and hinders nothing', async () => {
    const url = await freshUrl();
    const { failures, ...troubles } = heardTroubles();
    const storage = await openPostgres({ url, chance, troubles });
    await furnish(storage);
    const heard = new Promise<void>((resolve) => storage.onHint(({ locks }) => locks && resolve()));
    await withClient(url, async (client) => {
      for (const payload of ['', 'nonsense', 'null', '7', '{"from":"x","ready":{"a":1}}'])
        await client.query('select pg_notify($1, $2)', ['labkeep_hint', payload]);
      const hint = { from: 'x', ready: null, event: false, locks: true, workers: [] };
      await client.query('select pg_notify($1, $2)', ['labkeep_hint', JSON.stringify(hint)]);
    });
    await heard;
    assert.ok(failures.length >= 3, `only ${failures.length} were said`);
    await storage.close();
  });

  test('restarted, and its connections killed, under load: what was acknowledged is there, nothing twice', async () => {
    const url = await freshUrl();
    const storage = await openPostgres({ url, chance });
    await furnish(storage);
    const worker = await registered(storage);
    const acknowledged = new Set<string>();
    let writing = true;
    let keys = 0;
    const submitter = async (): Promise<void> => {
      while (writing) {
        const key = `key-${++keys}`;
        for (;;) {
          try {
            for (const number of await submit(storage, 2, 'under load', key))
              acknowledged.add(`toxd/${number}`);
            break;
          } catch (error) {
            if (!isFault('storage_unavailable')(error)) throw error;
          }
        }
      }
    };
    const submitters = Promise.all(Array.from({ length: 4 }, submitter));
    for (let round = 0; round < 12; round++) {
      const before = acknowledged.size;
      await withClient(url, (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        ),
      );
      while (acknowledged.size === before) await new Promise(setImmediate);
    }
    await server?.restart({ immediate: true });
    const before = acknowledged.size;
    while (acknowledged.size === before) await new Promise(setImmediate);
    writing = false;
    await submitters;
    const jobs = await allJobs(storage);
    assert.equal(jobs.size, keys * 2, 'each request made its jobs once, though many were repeated');
    for (const ref of acknowledged) assert.ok(jobs.has(ref), `${ref} was acknowledged`);
    assert.deepEqual(statesOf(await wholeRecord(storage)), jobs);
    assert.equal(
      (await storage.claimJobs({ worker, principal: 'ada', capacity: 5, held: [] })).offers.length,
      5,
    );
    await storage.close();
  });

  test('before a stop nobody waits for a database that is away', async (t) => {
    const own = await startPostgres();
    t.after(() => own.stop());
    const open = () => openPostgres({ url: own.url('postgres'), chance, connections: 2 });
    const [patient, hurried] = [await open(), await open()];
    await own.kill9();
    let waits = true;
    const waiting = assert.rejects(patient.sweep(), isFault('storage_unavailable')).finally(() => {
      waits = false;
    });
    const asked = hurried.sweep();
    hurried.hurry();
    await assert.rejects(asked, isFault('storage_unavailable'));
    assert.ok(waits, 'who is not in a hurry waits still');
    patient.hurry();
    await waiting;
    await Promise.all([patient.close(), hurried.close()]);
  });

  test('a table that gets another column from a newer server is no fault of the one at work', async () => {
    const url = await freshUrl();
    const storage = await openPostgres({ url, chance });
    await furnish(storage);
    const worker = await registered(storage);
    const claim = () => storage.claimJobs({ worker, principal: 'ada', capacity: 1, held: [] });
    await submit(storage, 2);
    await Promise.all([claim(), storage.sweep(), allJobs(storage)]);
    await withClient(url, async (client) => {
      const tables = await client.query<{ name: string }>(
        `select tablename as name from pg_tables where schemaname = 'labkeep'`,
      );
      for (const { name } of tables.rows)
        await client.query(`alter table labkeep.${name} add column of_tomorrow int`);
    });
    await storage.sweep();
    assert.equal((await submit(storage, 1)).length, 1);
    assert.equal((await claim()).offers.length, 1);
    assert.equal((await allJobs(storage)).size, 3);
    assert.equal((await storage.listWorkers({ limit: 10 })).items.length, 1);
    await storage.close();
  });

  test('a schema that a server must not use any more parks it until that is taken back', async () => {
    const url = await freshUrl();
    const storage = await openPostgres({ url, chance });
    await furnish(storage);
    const { schema } = await storage.identify();
    const change = (oldest: number) =>
      withClient(url, (client) =>
        client.query('update labkeep.server_state set oldest_schema = $1', [oldest]),
      );
    await change(schema + 1);
    await assert.rejects(submit(storage, 1), isFault('storage_newer'));
    await assert.rejects(storage.identify(), isFault('storage_newer'), 'nor is anything read');
    await change(schema);
    await storage.sweep();
    assert.equal((await allJobs(storage)).size, 0);
    await storage.close();
  });

  test('a server that stands still within a transaction is put out of the way', {
    timeout: 60_000,
  }, async () => {
    const url = await freshUrl();
    const storage = await openPostgres({ url, chance });
    await furnish(storage);
    const stuck = new pg.Client({ connectionString: url });
    stuck.on('error', () => undefined);
    await stuck.connect();
    await stuck.query(
      `begin; set local idle_in_transaction_session_timeout = '1s'; select from labkeep.server_state for update`,
    );
    assert.equal((await submit(storage, 1)).length, 1);
    await assert.rejects(stuck.query('commit'));
    await stuck.end().catch(() => undefined);
    await storage.close();
  });
});
