/** What a network kept, delivered when all has moved on; and what becomes of work when nothing at all comes through. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Worker } from '@labkeep/client';
import { jobPath, type StorageKind } from '../http/server-lab.ts';
import { until } from '../support/until.ts';
import { Bench } from '../worker/support/bench.ts';
import { killWorker, spawnWorker } from '../worker/support/spawned-worker.ts';
import { limits, Scene } from './scene.ts';

const storages: readonly StorageKind[] = ['memory', 'sqlite'];
/** What waits for leases is tried on one of them in the short form. */
const waits = (storage: StorageKind): string | false =>
  storage === 'memory' || process.env.LABKEEP_TEST_PROTOCOL === 'long' ? false : 'in the long form only';
const verbs = [
  'POST /v1/workers',
  'POST /v1/claims',
  'POST /v1/attempts/confirm',
  'POST /v1/attempts/renew',
  'POST /v1/attempts/output',
  'POST /v1/attempts/finish',
];

for (const storage of storages) {
  test(`${storage}: messages of before that come once more, while the next job runs and after, change nothing`, async (t) => {
    const scene = await Scene.open(t, { storage, durations: { leaseMs: 6_000, offerMs: 3_000 } });
    await scene.worker('node07', { capacity: 2 });
    const renewed = Promise.withResolvers<void>();
    scene.harm = ({ name }, answer) => {
      if (name === 'POST /v1/attempts/renew' && answer !== null) renewed.resolve();
      return null;
    };
    scene.work = () => renewed.promise;
    const first = await scene.submit('first');
    await scene.ended(first);
    const kept = new Map(verbs.map((name) => [name, scene.proxy.last(name)]));
    const goOn = Promise.withResolvers<void>();
    scene.work = () => goOn.promise;
    const second = await scene.submit('second', { onLost: 'retry', retry: { max: 2, delayMs: 0 } });
    await scene.inState(second, 'running');
    for (const [name, request] of kept) {
      assert.ok(request, name);
      await scene.proxy.again(request);
      assert.equal((await scene.job(second)).state, 'running', name);
    }
    goOn.resolve();
    const { state, attempts } = await scene.ended(second);
    assert.deepEqual([state, attempts], ['succeeded', 1]);
    for (const request of kept.values()) if (request !== undefined) await scene.proxy.again(request);
    assert.equal((await scene.job(first)).state, 'succeeded');
    assert.deepEqual(await scene.breaches(), []);
    assert.equal(scene.ledger.starts(second).length, 1);
  });

  test(`${storage}: nothing comes through beyond the lease: what would be done again ends before, the rest is told late`, {
    skip: waits(storage),
  }, async (t) => {
    const leaseMs = 3_000;
    const scene = await Scene.open(t, { storage, durations: { leaseMs, offerMs: 1_000 } });
    await scene.worker('node07', { capacity: 3, limits: { ...limits, leaseSafetyMs: 1_000 } });
    const healed = Promise.withResolvers<void>();
    scene.work = async (ref, signal) => {
      const again = scene.ledger.starts(ref).length > 1;
      const told = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => told.resolve(), { once: true });
      if (!again) await Promise.race([healed.promise, told.promise]);
      signal.throwIfAborted();
    };
    const repeated = await scene.submit('repeated', { onLost: 'retry', retry: { max: 2, delayMs: 0 } });
    const failing = await scene.submit('failing', { onLost: 'fail' });
    const asking = await scene.submit('asking', { onLost: 'ask' });
    const all = [repeated, failing, asking];
    await until('all to be at work', () => all.every((ref) => scene.ledger.starts(ref).length > 0));
    scene.harm = (_, answer) => (answer === null ? { side: 'request', fate: 'swallowed' } : null);
    await scene.inState(repeated, 'ready');
    await scene.inState(failing, 'failed');
    await scene.inState(asking, 'lost');
    const lines = scene.ledger.lines.filter(({ ref }) => ref === repeated).map(({ what }) => what);
    assert.deepEqual(lines, ['start', 'told to end', 'end'], 'it ended while the lease lasted');
    assert.equal(scene.ledger.lines.filter(({ what }) => what === 'end').length, 1, 'the others go on');
    scene.harm = () => null;
    healed.resolve();
    assert.deepEqual((await scene.ended(repeated)).attempts, 2);
    assert.deepEqual((await scene.ended(asking)).state, 'succeeded');
    const reasons = (await scene.attempts(failing)).items.map(({ outcome, reason }) => [outcome, reason]);
    assert.deepEqual(reasons, [['lost', 'lease_lost']]);
    assert.deepEqual(await lateOf(scene, failing), ['succeeded']);
    assert.deepEqual(await scene.breaches(), []);
  });

  test(`${storage}: what was handed back and is at work elsewhere is not handed back once more`, async (t) => {
    const scene = await Scene.open(t, { storage, durations: { leaseMs: 6_000, offerMs: 3_000 } });
    const goOn = Promise.withResolvers<void>();
    scene.work = async (_, signal) => {
      const told = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => told.resolve(), { once: true });
      await Promise.race([goOn.promise, told.promise]);
      signal.throwIfAborted();
    };
    const first = await scene.worker('node07');
    const ref = await scene.submit('handed back', { onLost: 'retry' });
    await scene.inState(ref, 'running');
    await first.stop({ graceMs: 500 });
    const returned = scene.proxy.last('POST /v1/attempts/finish');
    assert.ok(returned);
    assert.ok(returned.includes('returned'));
    await scene.worker('node08');
    await scene.inState(ref, 'running');
    await scene.proxy.again(returned);
    assert.equal((await scene.job(ref)).state, 'running');
    goOn.resolve();
    assert.equal((await scene.ended(ref)).attempts, 1);
    assert.equal((await scene.attempts(ref)).late.length, 1);
  });

  test(`${storage}: an end that nobody was told of is told by the next start of the worker, once`, async (t) => {
    const scene = await Scene.open(t, { storage, durations: { leaseMs: 6_000, offerMs: 3_000 } });
    const first = await scene.worker('node07');
    scene.harm = ({ name }, answer) =>
      name === 'POST /v1/attempts/finish' && answer === null ? { side: 'request', fate: 'lost' } : null;
    const ref = await scene.submit('untold');
    await until('the end of the work', () => scene.ledger.lines.some(({ what }) => what === 'end'));
    await first.stop({ graceMs: 0 });
    assert.equal((await scene.job(ref)).state, 'running');
    scene.harm = () => null;
    await scene.worker('node07');
    const { state, attempts } = await scene.ended(ref);
    assert.deepEqual([state, attempts], ['succeeded', 1]);
    assert.deepEqual(await scene.breaches(), []);
  });

  test(`${storage}: a command goes on while its worker is killed and comes back under another address, where its end is told`, async (t) => {
    const scene = await Scene.open(t, { storage, durations: { leaseMs: 30_000, offerMs: 3_000 } });
    const bench = await Bench.open(t);
    const note = (what: string): string => `echo "${what} $LABKEEP_ATTEMPT" >> "$BENCH_FOLDER/ledger"`;
    const wait = 'while [ ! -e "$BENCH_FOLDER/go" ]; do sleep 0.02; done';
    const command = ['sh', '-c', `${note('start')}; echo before; ${wait}; echo after; ${note('end')}`];
    const again = { onLost: 'retry', retry: { max: 2, delayMs: 0 } } as const;
    const ref = await scene.submit('moved', { task: null, command, ...again });
    const workersNow = async (): Promise<unknown> =>
      (await scene.server.ok('GET', '/v1/workers')).items.map((it: Worker) => [it.worker, it.state]);

    const first = await spawnWorker(bench, { server: { url: scene.url, token: scene.token } });
    await until('the command', () => bench.lines('ledger').length > 0);
    const [{ epoch } = { epoch: 0 }] = (await scene.attempts(ref)).items;
    const before = await workersNow();
    await killWorker(first);
    await scene.proxy.close();
    assert.ok(bench.processes().length > 0, 'the command goes on');

    const moved = await scene.another();
    await spawnWorker(bench, { server: { url: `http://127.0.0.1:${moved.port}`, token: scene.token } });
    await until('a claim under the other address, which says what it holds', () =>
      moved.last('POST /v1/claims')?.includes('"state":"running"'),
    );
    assert.equal((await scene.job(ref)).state, 'running');
    assert.deepEqual(await workersNow(), before, 'it is the same worker');
    writeFileSync(bench.path('go'), '');
    const { state, attempts, exitCode } = await scene.ended(ref);
    assert.deepEqual([state, attempts, exitCode], ['succeeded', 1, 0]);
    assert.deepEqual(bench.lines('ledger'), [`start 1-1@${epoch}`, `end 1-1@${epoch}`]);
    const { text } = await scene.server.call('GET', `${jobPath(ref)}/log?format=text`);
    assert.equal(text, 'before\nafter\n');
    const report = moved.last('POST /v1/attempts/finish');
    assert.ok(report?.includes(`"epoch":${epoch}`), 'its end came by the other address');
    assert.equal(scene.proxy.last('POST /v1/attempts/finish'), undefined, 'and by no other');
    const { items, late } = await scene.attempts(ref);
    assert.deepEqual([items.length, late], [1, []]);
  });
}

/** What was reported late, once it has come. */
function lateOf(scene: Scene, ref: string): Promise<readonly string[]> {
  return until('a late report', async () => {
    const { late } = await scene.attempts(ref);
    return late.length > 0 && late.map(({ outcome }) => outcome);
  });
}
