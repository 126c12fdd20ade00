import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { LabkeepClient } from '@labkeep/client';
import { openWorker } from '../../src/index.ts';
import { Home } from '../cli/support/labkeep.ts';

const home = new Home();
after(() => home.clean());

test('a program of one’s own handles a task: parameters in, progress and outputs on the record', async () => {
  const server = await home.up(['--no-worker']);
  const token = readFileSync(home.path('data', 'token'), 'utf8').trim();
  const client = new LabkeepClient({ url: server.url, token });
  await client.projects.create({ name: 'toxd' });
  await client.directories.save(null, 'DATA', '/srv/data');
  const address = { url: server.url, token };
  const worker = openWorker({
    ...{ server: address, name: 'adder', folder: home.path('adder') },
    aliases: { DATA: '/mnt' },
  });
  await assert.rejects(worker.start(), /needs a handler/);
  worker.handle('add', async (job, context) => {
    const { a, b } = job.parameters as { a: number; b: number };
    if (a + b > 10) throw new Error(`${a + b} is too much`);
    context.progress(0.5, 'adding');
    context.log(`${a + b}\n`);
    return { outputs: [{ path: '/mnt/sum.txt' }] };
  });
  await worker.start();
  try {
    const sum = await client.jobs.submit('toxd', { task: 'add', parameters: { a: 1, b: 2 } });
    const much = await client.jobs.submit('toxd', { task: 'add', parameters: { a: 6, b: 7 } });
    for await (const event of client.events.stream({ project: 'toxd' })) {
      const states = await Promise.all(
        [sum, much].map(async ({ ref }) => (await client.jobs.get(ref)).state),
      );
      if (states.every((state) => state === 'succeeded' || state === 'failed')) break;
      assert.ok(event);
    }
    const done = await client.jobs.get(sum.ref);
    assert.equal(done.state, 'succeeded');
    assert.deepEqual(
      done.files.map(({ path }) => path),
      ['/srv/data/sum.txt'],
    );
    assert.equal(await client.jobs.logText(sum.ref), '3\n');
    const [attempt] = (await client.jobs.attempts(much.ref)).items;
    assert.equal(attempt?.reason, 'handler_error');
    assert.match(attempt?.error ?? '', /13 is too much/);
  } finally {
    await worker.stop();
  }
});
