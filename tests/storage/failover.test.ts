/** PostgreSQL with a standby, which is promoted when the primary dies. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Storage } from '../../src/ports/storage.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { type PostgresServer, postgresUnavailable } from '../support/postgres.ts';
import { PostgresPair, query } from '../support/postgres-pair.ts';
import { allJobs, chance, furnish, isFault, registered, statesOf, submit, wholeRecord } from './support.ts';

const minute = { timeout: 120_000 };

/** Submits again and again, each request under a key of its own, until it is answered. */
class Load {
  readonly acknowledged = new Set<string>();
  keys = 0;
  #writing = true;
  readonly #done: Promise<unknown>;

  constructor(storage: Storage, writers: number) {
    this.#done = Promise.all(Array.from({ length: writers }, () => this.#write(storage)));
  }

  async goesOn(): Promise<void> {
    const before = this.acknowledged.size;
    while (this.acknowledged.size === before) await new Promise(setImmediate);
  }

  async end(): Promise<void> {
    this.#writing = false;
    await this.#done;
  }

  async #write(storage: Storage): Promise<void> {
    while (this.#writing) {
      const key = `key-${++this.keys}`;
      for (const number of await untilAnswered(() => submit(storage, 2, 'under load', key)))
        this.acknowledged.add(`toxd/${number}`);
    }
  }
}

async function untilAnswered<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isFault('storage_unavailable')(error)) throw error;
    }
  }
}

async function startOne(storage: Storage) {
  const worker = await registered(storage);
  const claim = { worker, principal: 'ada', capacity: 1, held: [], startAtOnce: true };
  const [offer] = (await storage.claimJobs(claim)).offers;
  assert.ok(offer);
  const end = { outcome: 'succeeded', exitCode: 0, outputs: [], error: null, reason: null } as const;
  const report = { attempt: offer.attempt, epoch: offer.epoch, ...end };
  const finish = () => storage.finishAttempts({ principal: 'ada', attempts: [report] });
  return { offer, finish, place: { project: 'toxd', number: offer.number } };
}

async function untilQuery(node: PostgresServer, finds: string): Promise<void> {
  while ((await query(node, finds)).length === 0);
}

/** Of the storage that a node has, whoever asks it. */
async function eventsAt(node: PostgresServer): Promise<unknown> {
  return (await query(node, 'select event from labkeep.server_state'))[0]?.event;
}

const [unreplicated, whole, partly, waitedFor, leftAlone] = [
  'a commit that ceased to wait for its standby is not acknowledged; repeated, it is, once',
  'promoted under load, where commits wait for it: nothing acknowledged is lost, and what runs goes on',
  'promoted without all that was acknowledged: a new incarnation, in which nothing of before is believed',
  'promoted while the old primary waits for it: what waits there is sent away, and done at the new one, once',
  'promoted while the old primary goes on alone: servers that reach both leave it, and it gets nothing more',
];
/** How often a standby is promoted under load: more by hand. */
const promotions = Number(process.env.LABKEEP_TEST_PROMOTIONS ?? 1);

describe('PostgreSQL with a standby', { skip: postgresUnavailable() ?? false }, () => {
  let pair: PostgresPair | undefined;
  after(() => pair?.stop());

  test(unreplicated, minute, async () => {
    pair = await PostgresPair.start({ synchronous: true });
    const { primary, standby } = pair;
    await query(primary, 'create database alone');
    const storage = await openPostgres({ url: pair.url('alone'), chance });
    await furnish(storage);
    await standby.kill9();
    const asked = submit(storage, 1, 'alone', 'one key');
    const refused = assert.rejects(asked, isFault('storage_unavailable'));
    const waiting = `from pg_stat_activity where wait_event = 'SyncRep'`;
    await untilQuery(primary, `select ${waiting}`);
    await query(primary, `select pg_cancel_backend(pid) ${waiting}`);
    await refused;
    const again = submit(storage, 1, 'alone', 'one key');
    await standby.restart();
    assert.deepEqual(await again, ['1']);
    assert.equal((await allJobs(storage)).size, 1);
    await storage.close();
  });

  for (let round = 1; round <= promotions; round += 1)
    test(`${whole}${promotions > 1 ? ` (${round})` : ''}`, minute, async () => {
      pair ??= await PostgresPair.start({ synchronous: true });
      const storage = await openPostgres({ url: pair.url(), chance });
      await furnish(storage);
      await submit(storage, 1);
      const running = await startOne(storage);
      const { incarnation } = await storage.identify();
      const load = new Load(storage, 4);
      await load.goesOn();

      await pair.primary.kill9();
      await pair.promote();
      await load.goesOn();

      const [result] = await untilAnswered(running.finish);
      assert.deepEqual([result?.applied, (await storage.getJob(running.place)).state], [true, 'succeeded']);
      await load.end();
      const jobs = await allJobs(storage);
      assert.equal(jobs.size, load.keys * 2 + 1, 'each request made its jobs once');
      for (const ref of load.acknowledged) assert.ok(jobs.has(ref), `${ref} was acknowledged`);
      const events = await wholeRecord(storage);
      assert.deepEqual(statesOf(events), jobs);
      assert.equal(events.filter(({ type }) => type === 'storage.failed_over').length, 1);
      assert.equal((await storage.identify()).incarnation, incarnation);

      // The old one comes back as if nothing had happened: nobody goes to it.
      await pair.primary.restart();
      const started = await openPostgres({ url: pair.url(), chance });
      assert.deepEqual(await allJobs(started), jobs);
      await submit(started, 1);
      assert.equal((await allJobs(storage)).size, jobs.size + 1);
      await Promise.all([storage.close(), started.close()]);
      await pair.stop();
      pair = undefined;
    });

  test(partly, minute, async () => {
    pair = await PostgresPair.start({ synchronous: false });
    const storage = await openPostgres({ url: pair.url(), chance });
    await furnish(storage);
    await submit(storage, 1);
    const running = await startOne(storage);
    const before = await storage.identify();
    await pair.untilCaughtUp();
    await pair.cut();
    const [lost] = await submit(storage, 3);

    await pair.primary.kill9();
    await pair.promote();
    await untilAnswered(() => storage.sweep());

    const next = await storage.identify();
    assert.notEqual(next.incarnation, before.incarnation);
    const [result] = await running.finish();
    assert.equal(result?.applied, false);
    assert.equal((await storage.getJob(running.place)).state, 'failed', 'its lease was taken back');
    assert.equal((await allJobs(storage)).has(`toxd/${lost}`), false);
    const [number] = await submit(storage, 1);
    assert.ok(Number(number) > Number(lost) + 2, 'no number is given twice');
    const cursor = { incarnation: before.incarnation, sequence: before.lastEvent };
    await assert.rejects(
      storage.listEvents({ after: cursor, limit: 1, project: null }),
      isFault('cursor_gone'),
    );
    await storage.close();
    await pair.stop();
  });

  test(waitedFor, minute, async () => {
    pair = await PostgresPair.start({ synchronous: true });
    const storage = await openPostgres({ url: pair.url(), chance });
    await furnish(storage);
    const { incarnation } = await storage.identify();
    await pair.cut();
    const asked = submit(storage, 1, 'cut off', 'one key');
    const refused = assert.rejects(asked, isFault('storage_unavailable'));
    await untilQuery(pair.primary, `select from pg_stat_activity where wait_event = 'SyncRep'`);

    await pair.promote();
    await refused;
    const acknowledged = await untilAnswered(() => submit(storage, 1, 'cut off', 'one key'));
    assert.deepEqual([...(await allJobs(storage)).keys()], [`toxd/${acknowledged[0]}`]);
    assert.equal((await storage.identify()).incarnation, incarnation);
    await storage.close();
    await pair.stop();
  });

  test(leftAlone, minute, async () => {
    pair = await PostgresPair.start({ synchronous: false });
    const open = { url: pair.url(), chance };
    const servers = [await openPostgres(open), await openPostgres(open)] as const;
    const [one, two] = servers;
    await furnish(one);
    await submit(one, 1);
    const running = await startOne(one);
    const before = await one.identify();
    await pair.untilCaughtUp();
    await pair.cut();
    const alone = await submit(two, 3);
    await pair.promote();

    const load = servers.map((storage) => new Load(storage, 2));
    for (const storage of servers)
      while ((await untilAnswered(() => storage.identify())).incarnation === before.incarnation)
        await untilAnswered(() => storage.sweep());
    const left = await eventsAt(pair.primary);
    for (const it of load) await it.goesOn();
    for (const it of load) await it.end();

    assert.equal(await eventsAt(pair.primary), left, 'nothing more was written on the old primary');
    const jobs = await allJobs(one);
    assert.deepEqual(await allJobs(two), jobs);
    for (const number of alone) assert.equal(jobs.has(`toxd/${number}`), false);
    assert.equal((await running.finish())[0]?.applied, false, 'the lease of before is not believed');
    const told = `select from labkeep.events where type = 'storage.failed_over'`;
    assert.equal((await query(pair.standby, told)).length, 1, 'the servers went over together');
    await Promise.all([one.close(), two.close()]);
  });
});
