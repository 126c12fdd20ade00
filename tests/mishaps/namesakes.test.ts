/** Two workers of one name, which do not know of each other. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { Lab } from './lab.ts';

test('a second worker of a name waits until the first is gone, and costs it no job', async (t) => {
  const lab = await Lab.open(t);
  const first = lab.startWorker('node07');
  const atWork = await lab.submit('at work', { until: 'told', onLost: 'ask' });
  await lab.begun(atWork);
  const second = lab.startWorker('node07', lab.url, 'elsewhere');
  const log = lab.home.path('elsewhere', 'log');
  await until(
    'the second is refused',
    () => existsSync(log) && readFileSync(log, 'utf8').includes('worker_name_taken'),
  );
  assert.equal((await lab.job(atWork)).state, 'running');

  first.kill('SIGKILL');
  const next = await lab.submit('by the second');
  await lab.inState(next, 'succeeded');
  assert.equal(
    (await lab.job(atWork)).state,
    'lost',
    'its command goes on, and nobody is there to tell its end',
  );
  second.kill('SIGKILL');
  lab.startWorker('node07');
  lab.go('told');
  await lab.inState(atWork, 'succeeded');
  await lab.isSound();
});
