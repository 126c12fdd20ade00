/** The examples of the client’s README run, and do what is said there. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, type TestContext, test } from 'node:test';
import { LabkeepClient } from '@labkeep/client';
import { ServerLab } from '../http/server-lab.ts';

const root = join(import.meta.dirname, '../..');
// Below the repository, so that the package is found by its name.
const folder = mkdtempSync(join(root, 'node_modules/.labkeep-readme-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the one example below a heading; without one, that at the top. */
function start(t: TestContext, heading: string | null, env: Readonly<Record<string, string>>): ChildProcess {
  const readme = readFileSync(join(root, 'client/README.md'), 'utf8');
  const [top = '', ...sections] = readme.split(/^## /m);
  const section = heading === null ? top : sections.find((it) => it.startsWith(`${heading}\n`));
  const examples = [...(section ?? '').matchAll(/^```js\n(.+?)^```/gms)];
  assert.equal(examples.length, 1, `examples below ${heading}`);
  const file = join(folder, `${heading ?? 'top'}.mjs`);
  writeFileSync(file, examples[0]?.[1] ?? '');
  const child = spawn(process.execPath, ['--conditions=labkeep-source', file], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function said(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout !== null);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 0);
  return output;
}

async function open(t: TestContext) {
  const lab = await ServerLab.open(t);
  const url = await lab.listen();
  const token = await lab.token('admin', 'ana');
  return {
    lab,
    client: new LabkeepClient({ url, token }),
    env: { LABKEEP_URL: url, LABKEEP_TOKEN: token },
  };
}

test('every section with an example is run here', () => {
  const readme = readFileSync(join(root, 'client/README.md'), 'utf8');
  const withExample = readme.split(/^## /m).filter((section) => section.includes('```js'));
  assert.deepEqual(
    withExample.slice(1).map((section) => section.slice(0, section.indexOf('\n'))),
    ['A worker', 'A recorded run', 'Locks', 'A program that reports its own numbers'],
  );
});

test('the example holds locks while its function runs', async (t) => {
  const { lab, client, env } = await open(t);
  await lab.database('embl');
  await lab.database('chado');
  assert.equal(await said(start(t, 'Locks', env)), 'held 2 true\nrows 12\n');
  const { items } = await client.sessions.list({ ended: true });
  assert.deepEqual(
    items.map(({ name, ended }) => [name, ended?.reason]),
    [['curate', 'closed']],
  );
});

test('the first example', async (t) => {
  const { env } = await open(t);
  const output = await said(start(t, null, env));
  assert.deepEqual(output.trim().split('\n').slice(0, 6), [
    'toxd/1 ready',
    'toxd/3 waits for toxd/2, which is ready.',
    'toxd/3 refine waiting',
    'toxd/2 scale ready',
    'toxd/1 null ready',
    '1 toxd/3 true',
  ]);
  assert.match(output, /jobs\.ended toxd\/2/);
  assert.match(output, /There is no such job\.\n$/);
});

test('the worker takes its jobs, says their numbers, and ends when it is told to', async (t) => {
  const { client, env } = await open(t);
  await client.projects.create({ name: 'toxd' });
  const { asOf } = await client.events.list();
  const worker = start(t, 'A worker', env);
  const output = said(worker);
  const { ref } = await client.jobs.submit('toxd', { task: 'mean', parameters: { values: [1, 2, 6] } });
  await client.jobs.submit('toxd', { task: 'other' });
  for await (const { type } of client.events.stream({ after: asOf })) if (type === 'jobs.ended') break;
  worker.kill('SIGTERM');
  assert.equal(await output, 'Nothing is left to do.\n');
  const job = await client.jobs.get(ref);
  assert.deepEqual([job.state, job.numbers], ['succeeded', { mean: 3 }]);
  assert.equal(await client.jobs.logText(ref), 'mean 3\n');
  assert.equal((await client.jobs.get('toxd/2')).state, 'ready');
});

test('the recorded run is on record', async (t) => {
  const { client, env } = await open(t);
  const output = await said(start(t, 'A recorded run', env));
  const ref = /^on record as (\S+)\n2\.5\n$/.exec(output)?.[1] ?? assert.fail(output);
  const job = await client.jobs.get(ref);
  assert.deepEqual(
    [job.state, job.run?.version, job.files.map(({ role, path }) => `${role} ${path}`)],
    ['succeeded', '1.2', ['input data.csv', 'output fit.json']],
  );
});

test('the program reports its own numbers in a job, and runs as well outside of one', async (t) => {
  const { lab, client, env } = await open(t);
  await client.projects.create({ name: 'toxd' });
  const { ref, token } = await lab.running('toxd');
  const heading = 'A program that reports its own numbers';
  const alone = await said(start(t, heading, {}));
  assert.equal(await said(start(t, heading, { ...env, LABKEEP_JOB: ref, LABKEEP_TOKEN: token })), alone);
  const job = await client.jobs.get(ref);
  assert.deepEqual([job.numbers, job.tags], [{ Rfree: 0.21, Rwork: 0.19 }, ['converged']]);
});
