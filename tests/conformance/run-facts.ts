/** Where and by what attempts are run, and the numbers that they turn out to have. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';
import { report } from './lab-worker.ts';
import { ask } from './select-lab.ts';

const executable = { path: '/opt/refmac5', sha256: 'e'.repeat(64) };
const other = { path: '/opt/old/refmac5', sha256: null };

function setNumbers(lab: Lab, numbers: Readonly<Record<string, number>>) {
  const changes = { annotations: { numbers } };
  return lab.storage.editJob({ by: ada, place: placeOf('1'), revision: null, changes });
}

export function runFacts(harness: Harness): void {
  const when = casesFor(harness);

  when(
    'a queued job shows where and by what its last attempt was run, and each attempt its own',
    async (lab) => {
      const job = await lab.submit({ retry: { max: 1, delayMs: 0 } });
      assert.equal((await lab.job('1')).run, null);
      const first = await lab.worker({ name: 'first', host: 'node01', account: 'ada' });
      const offer = await lab.started(first);
      const atNode01 = { host: 'node01', account: 'ada', executable: null, version: null };
      assert.deepEqual((await lab.job('1')).run, atNode01);
      assert.deepEqual(await runsOf('1'), [atNode01]);
      await first.finish(offer, 'failed', { executable, version: '5.8' });
      const ranAtNode01 = { ...atNode01, executable, version: '5.8' };
      assert.deepEqual([job.state, (await lab.job('1')).run], ['ready', ranAtNode01]);
      const second = await lab.worker({ name: 'second', host: 'node02', account: 'bob' });
      const again = await lab.started(second);
      const atNode02 = { host: 'node02', account: 'bob', executable: null, version: null };
      assert.deepEqual((await lab.job('1')).run, atNode02);
      await second.finish(again, 'succeeded', { executable: other });
      assert.deepEqual((await lab.job('1')).run, { ...atNode02, executable: other });
      assert.deepEqual(await runsOf('1'), [ranAtNode01, { ...atNode02, executable: other }]);

      async function runsOf(number: string) {
        return (await lab.attempts(number)).map(({ run }) => run);
      }
    },
  );

  when(
    'what an attempt is said to be run by stays, when its worker is started on another machine',
    async (lab) => {
      await lab.submitAll([{}, {}]);
      const node = await lab.worker({ host: 'node01', account: 'ada' });
      await node.finish(await lab.started(node), 'succeeded');
      await lab.worker({ host: 'node02' });
      await node.finish(await lab.started(node), 'succeeded', { version: '2' });
      const hosts = [(await lab.job('1')).run, (await lab.job('2')).run];
      assert.deepEqual(hosts, [
        { host: 'node01', account: 'ada', executable: null, version: null },
        { host: 'node02', account: null, executable: null, version: '2' },
      ]);
      const { items } = await lab.storage.listWorkers({ limit: 9 });
      assert.deepEqual(
        items.map(({ host, account }) => [host, account]),
        [['node02', null]],
      );
    },
  );

  when(
    'a worker that says nothing of itself leaves nothing known; a lost attempt knows its machine',
    async (lab) => {
      await lab.submitAll([{}, {}]);
      const silent = await lab.worker({ name: 'silent' });
      await silent.finish(await lab.started(silent), 'succeeded');
      assert.deepEqual([(await lab.job('1')).run, (await lab.attempts('1'))[0]?.run], [null, null]);
      const mortal = await lab.worker({ name: 'mortal', host: 'node03', account: 'ada' });
      await lab.started(mortal);
      await lab.pass(lab.durations.leaseMs + 2_000);
      const lost = await lab.job('2');
      assert.deepEqual([lost.state, lost.run?.host, lost.run?.executable], ['failed', 'node03', null]);
    },
  );

  when('many ends of the same program are written together, and those of others beside them', async (lab) => {
    await lab.submitAll(Array.from({ length: 30 }, () => ({})));
    const node = await lab.worker({ host: 'node01', account: 'ada' });
    const offers = await node.take(30);
    const program = (index: number) =>
      index % 7 === 3 ? { executable: other } : { executable, version: '1' };
    await node.finishAll(offers.map((offer, index) => report(offer, 'succeeded', program(index))));
    for (const [index, { number }] of offers.entries()) {
      const { executable: by, version } = (await lab.job(number)).run ?? {};
      assert.deepEqual([by, version], index % 7 === 3 ? [other, null] : [executable, '1']);
    }
  });

  when(
    'numbers that an attempt turned out to have are those of the job, and join what it had',
    async (lab) => {
      await lab.submitAll([{ retry: { max: 1, delayMs: 0 } }, {}]);
      await setNumbers(lab, { Rfree: 0.5, cc: 0.9 });
      const node = await lab.worker();
      await node.finish(await lab.started(node), 'failed', { numbers: { Rfree: 0.31 } });
      assert.deepEqual((await lab.job('1')).numbers, { Rfree: 0.31, cc: 0.9 });
      const offer = await lab.started(node);
      const before = (await lab.job('1')).revision;
      const events = await lab.eventsOf(() =>
        node.finish(offer, 'succeeded', { numbers: { Rfree: 0.21, cycles: 12 } }),
      );
      const job = await lab.job('1');
      assert.deepEqual(job.numbers, { Rfree: 0.21, cc: 0.9, cycles: 12 });
      assert.deepEqual([job.revision - before, events.map(({ type }) => type)], [1, ['jobs.ended']]);
      assert.deepEqual(await ask(lab, 'Rfree<0.25'), ['1']);
      assert.deepEqual(await ask(lab, 'Rfree>0.25'), []);
      await lab.changesNothing(() => node.finish(offer, 'succeeded', { numbers: { Rfree: 0.9 } }));
      const last = await lab.started(node);
      await node.finish(last, 'returned', { numbers: { Rfree: 0.4 } });
      assert.deepEqual((await lab.job('2')).numbers, {});
    },
  );

  when('numbers beyond the bound of a job are left out, and its end is on record', async (lab) => {
    await lab.submit();
    const many = Object.fromEntries(Array.from({ length: 199 }, (_, index) => [`n${index}`, index]));
    await setNumbers(lab, many);
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'succeeded', { numbers: { n7: 0.5, first: 1, second: 2 } });
    const { state, numbers } = await lab.job('1');
    assert.deepEqual([state, numbers.n7, numbers.first, numbers.second], ['succeeded', 0.5, 1, undefined]);
  });

  when('a recorded run has the numbers of its end, and its attempt what its recorder told', async (lab) => {
    const recorder = new LabRecorder(lab);
    const run = await recorder.record({ project });
    await recorder.finish(run, { executable, version: '5.8', numbers: { Rfree: 0.2 } });
    assert.deepEqual((await lab.job('1')).numbers, { Rfree: 0.2 });
    const facts = { host: 'node07', account: 'ada', executable, version: '5.8' };
    const [attempt] = await lab.attempts('1');
    assert.deepEqual([(await lab.job('1')).run, attempt?.run], [facts, facts]);
  });

  when('provenance names the programs and machines of queued jobs', async (lab) => {
    await lab.submit({ command: ['refmac5'], outputs: ['/data/out.mtz'] });
    const node = await lab.worker({ host: 'node01', account: 'ada' });
    const outputs = [{ path: '/data/out.mtz', sha256: 'a'.repeat(64) }];
    await node.finish(await lab.started(node), 'succeeded', { executable, version: '5.8', outputs });
    const of = { project, number: '1' };
    const { steps } = await lab.storage.listSteps({ of, limit: 9, only: null });
    assert.deepEqual(
      steps.map((step) => [step.executable, step.version]),
      [['/opt/refmac5', '5.8']],
    );
    const origin = await lab.storage.findOrigin({
      path: '/data/out.mtz',
      sha256: null,
      depth: 1,
      only: null,
    });
    assert.equal(origin.madeBy?.host, 'node01');
  });

  when('what a task asks of its runs goes out with their offers', async (lab) => {
    const version = { command: ['refmac5', '-i'], pattern: 'version (.*)' };
    const asks = { version, numbers: { Rfree: 'R free (.*)' } };
    await lab.submitAll([{ asks }, {}]);
    const node = await lab.worker();
    const offers = await node.offers(2);
    assert.deepEqual(
      offers.map(({ document }) => document.asks),
      [asks, undefined],
    );
  });
}
