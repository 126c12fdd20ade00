import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LabkeepClient, LabkeepError, type RunStart } from '@labkeep/client';
import { ServerLab } from '../http/server-lab.ts';
import { type Behaviour, flakyFetch } from './flaky-fetch.ts';

const fit: RunStart = { command: ['fit'], folder: '/home/ada/toxd', host: 'node07', account: 'ada' };

async function open(
  t: TestContext,
  behave: Behaviour = (pass) => pass(),
): Promise<{ lab: ServerLab; client: LabkeepClient; url: string }> {
  const lab = await ServerLab.open(t);
  const url = await lab.listen();
  const token = await lab.token('contributor', 'ada');
  const client = new LabkeepClient({
    url,
    token,
    fetch: flakyFetch(behave),
    retry: { delayMs: 1, delayMsMax: 5 },
  });
  return { lab, client, url };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

test('what a function does is on record from its start to its end, with what it found out', async (t) => {
  const { client, url } = await open(t);
  const result = await client.runs.during({ ...fit, inputs: ['data.csv'] }, async ({ run, tell }) => {
    assert.equal((await client.jobs.get(run.job.ref)).state, 'running');
    const own = new LabkeepClient({ url, token: run.token });
    await own.jobs.edit(run.job.ref, { numbers: { slope: 2.5 } });
    tell({ outputs: ['fit.json'], version: '1.0' });
    tell({ outputs: ['fit.json', 'fit.svg'] });
    return 42;
  });
  assert.equal(result, 42);
  const job = await client.jobs.get('toxd/1');
  assert.deepEqual(
    [job.state, job.origin, job.numbers, job.run?.version, job.outputs.length, job.files.length],
    ['succeeded', 'recorded', { slope: 2.5 }, '1.0', 0, 3],
  );
});

test('a function that throws has failed, and throws', async (t) => {
  const { client } = await open(t);
  const failing = client.runs.during(fit, () => {
    throw new RangeError('singular matrix');
  });
  await assert.rejects(failing, RangeError);
  const { items } = await client.jobs.attempts('toxd/1');
  assert.deepEqual(
    items.map(({ outcome, reason, error }) => [outcome, reason, error]),
    [['failed', 'handler_error', 'RangeError: singular matrix']],
  );
});

test('the outcome of a program that it ran can be told', async (t) => {
  const { client } = await open(t);
  await client.runs.during(fit, ({ tell }) => tell({ outcome: 'failed', exitCode: 3, reason: 'exit_code' }));
  const job = await client.jobs.get('toxd/1');
  assert.deepEqual([job.state, job.reason, job.exitCode], ['failed', 'exit_code', 3]);
});

test('it is kept alive, tells its progress, and hears that somebody cancelled it', async (t) => {
  const { client } = await open(t);
  const running = client.runs.during({ ...fit, leaseMs: 1_000 }, async ({ run, signal, progress }) => {
    progress(0.5, 'half');
    while ((await client.jobs.get(run.job.ref)).progress?.text !== 'half') await pause(20);
    await client.jobs.act(run.job.ref, 'cancel');
    await aborted(signal);
    throw signal.reason;
  });
  await assert.rejects(running, { message: 'somebody asked to stop the run' });
  const job = await client.jobs.get('toxd/1');
  assert.deepEqual([job.state, job.reason], ['cancelled', 'requested']);
});

test('the caller’s own signal ends it, as cancelled', async (t) => {
  const { client } = await open(t);
  const stop = new AbortController();
  const running = client.runs.during(
    fit,
    async ({ signal }) => {
      const gone = aborted(signal);
      stop.abort(new Error('enough'));
      await gone;
      throw signal.reason;
    },
    { signal: stop.signal },
  );
  await assert.rejects(running, { message: 'enough' });
  assert.equal((await client.jobs.get('toxd/1')).state, 'cancelled');
});

test('a run that ended on record otherwise is told so', async (t) => {
  const { client } = await open(t);
  const running = client.runs.during({ ...fit, leaseMs: 1_000 }, async ({ run, signal }) => {
    const { attempt, epoch } = run;
    await client.runs.finish({
      ...{ attempt, epoch, finishedAt: new Date().toISOString(), outcome: 'failed' },
    });
    await aborted(signal);
    throw signal.reason;
  });
  await assert.rejects(running, { message: 'the run has ended on record' });
  assert.equal((await client.jobs.get('toxd/1')).state, 'failed');
});

test('answers that get lost make no second run, and the end is told until it is answered', async (t) => {
  let lost = 0;
  let finishes = 0;
  const { client } = await open(t, async (pass, init) => {
    const response = await pass();
    const isFinish = String(init?.body).includes('"outcome"');
    if (isFinish) finishes += 1;
    if (lost++ % 2 === 0 || (isFinish && finishes < 3)) throw new TypeError('fetch failed');
    return response;
  });
  const troubles: string[] = [];
  const onTrouble = ({ code }: LabkeepError): number => troubles.push(code);
  assert.equal(await client.runs.during(fit, () => 'done', { onTrouble }), 'done');
  assert.deepEqual([finishes >= 3, troubles], [true, ['server_away']]);
  const { items } = await client.jobs.list('toxd');
  assert.deepEqual(
    items.map(({ ref, state }) => [ref, state]),
    [['toxd/1', 'succeeded']],
  );
});

test('what was found out wrongly is refused by its field, and the end is on record all the same', async (t) => {
  const { client } = await open(t);
  await assert.rejects(
    client.runs.during(fit, ({ tell }) => tell({ outputs: [''] })),
    (error) => error instanceof LabkeepError && error.code === 'invalid_field',
  );
  assert.equal((await client.jobs.get('toxd/1')).state, 'succeeded');
});

test('a run that cannot be recorded is not begun', async (t) => {
  const { client } = await open(t);
  const running = client.runs.during({ ...fit, folder: 'relative' }, () => assert.fail('it was begun'));
  await assert.rejects(running, { code: 'invalid_field' });
});
