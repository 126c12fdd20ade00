/** What becomes of a job that is lost, fails, or takes too long: said where it is submitted. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Job } from '@labkeep/client';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(folder);
  server = await home.up(['--no-worker']);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const here = (args: readonly string[]): Promise<Ended> => home.call(args, { cwd: folder });

async function submitted(...args: readonly string[]): Promise<Job> {
  const { code, stdout, stderr } = await here(['submit', '--json', ...args]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Job;
}

const given = [
  ...['--on-lost', 'ask', '--retry', '3', '--retry-delay', '10min', '--time-limit', '12h'],
  ...['--total-limit', '2d'],
];
const hour = 3_600_000;

async function refused(args: readonly string[], said: RegExp): Promise<void> {
  const { code, stdout, stderr } = await here(['submit', ...args, '--', 'true']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, said);
}

test('what is wrong is refused before anything is made', async () => {
  await refused(['--on-lost', 'nothing'], /'--on-lost <what>'.*Allowed choices are fail, retry, ask/);
  await refused(['--retry', '-1'], /'--retry <times>'.*Expected an integer from 0 to 1000/);
  for (const option of ['--retry-delay', '--time-limit', '--total-limit'])
    await refused([option, 'soon'], new RegExp(`${option} is "soon", expected a time such as`));
  const { stdout } = await here(['project', 'list', '--json']);
  assert.deepEqual(JSON.parse(stdout).items, []);
});

test('a job says what becomes of it', async () => {
  const { onLost, retry, limits } = await submitted(...given, '--', 'true');
  assert.deepEqual(
    { onLost, retry, limits },
    {
      onLost: 'ask',
      retry: { max: 3, delayMs: 600_000, factor: 2, delayMsMax: hour },
      limits: { attemptMs: 12 * hour, totalMs: 48 * hour },
    },
  );
});

test('what nothing is said of is as it was before', async () => {
  const { onLost, retry, limits } = await submitted('--', 'true');
  assert.deepEqual([onLost, retry.max, retry.delayMs, limits], ['fail', 0, 1_000, {}]);
});

test('of a template only what is given anew changes', async () => {
  assert.equal((await here(['template', 'save', 'careful', '1'])).code, 0);
  const same = await submitted('--template', 'careful');
  assert.deepEqual([same.onLost, same.retry.max, same.limits.attemptMs], ['ask', 3, 12 * hour]);
  const { onLost, retry, limits } = await submitted(
    ...['--template', 'careful', '--retry-delay', '3h', '--total-limit', '5d'],
  );
  assert.deepEqual([onLost, retry.max, limits], ['ask', 3, { attemptMs: 12 * hour, totalMs: 120 * hour }]);
  assert.deepEqual([retry.delayMs, retry.delayMsMax], [3 * hour, 3 * hour], 'no pause is cut short');
});

test('all jobs of an array are as it was said', async () => {
  const parent = await submitted(...given, '--each', '../*', '--', 'echo', '{}');
  const { stdout } = await here(['show', '--json', `${parent.number}.1`]);
  const { onLost, retry, limits } = JSON.parse(stdout) as Job;
  assert.deepEqual([onLost, retry.max, limits.totalMs], ['ask', 3, 48 * hour]);
});
