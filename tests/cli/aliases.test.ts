/** Machines that have a directory in different folders: one file has one place, whoever worked on it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Job } from '@labkeep/client';
import { nameRule } from '../../src/core/names.ts';
import { Home, program, type Server } from './support/labkeep.ts';

const home = new Home();
const started = new Set<ChildProcess>();
let server: Server;
before(async () => {
  server = await home.up(['--no-worker']);
  await home.call(['project', 'create', 'toxd']);
  await home.call(['directory', 'add', 'DATA', '/nowhere/data']);
  for (const name of ['one', 'two']) mkdirSync(home.path(`${name}/run`), { recursive: true });
  writeFileSync(home.path('one/in'), '1\n');
});
after(async () => {
  for (const child of started) child.kill('SIGKILL');
  assert.equal(await server.stop(), 0);
  await home.clean();
});

/** Does what is ready on a machine that has DATA in this folder. */
async function workAt(folder: string, ref: string): Promise<Job> {
  const child = spawn(program, ['worker', '--name', folder, '--alias', `DATA=${home.path(folder)}`], {
    cwd: home.folder,
    env: home.env({}),
    stdio: 'ignore',
  });
  started.add(child);
  const exited = once(child, 'exit');
  await home.call(['wait', ref]);
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  return JSON.parse((await home.call(['show', '--json', ref])).stdout) as Job;
}

async function submit(...words: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await home.call(['submit', '-p', 'toxd', ...words]);
  assert.deepEqual([stderr, code], ['', 0]);
  return stdout.trim();
}

test('what one machine made is known by its place on another', async () => {
  const script = ['sh', '-c', 'pwd; cat "$1" > made; cp made {DATA}/out', 'sh', '{DATA}/in'];
  const make = await submit(
    '--dir',
    '{DATA}/run',
    '--in',
    '{DATA}/in',
    '--out',
    '{DATA}/out',
    '--',
    ...script,
  );
  const made = await workAt('one', make);
  assert.equal(made.state, 'succeeded');
  assert.equal((await home.call(['log', make])).stdout, `${home.path('one/run')}\n`);
  assert.equal(readFileSync(home.path('one/out'), 'utf8'), '1\n');

  writeFileSync(home.path('two/out'), readFileSync(home.path('one/out')));
  const use = await submit(
    '--dir',
    '{DATA}/run',
    '--in',
    '{DATA}/out',
    '--',
    'sort',
    '-o',
    'sorted',
    '{DATA}/out',
  );
  const used = await workAt('two', use);
  assert.equal(used.state, 'succeeded');
  assert.equal(readFileSync(home.path('two/run/sorted'), 'utf8'), '1\n');
  assert.deepEqual(used.command, ['sort', '-o', 'sorted', '/nowhere/data/out']);
  const graph = JSON.parse((await home.call(['graph', '--of', use, '--format', 'json'])).stdout) as {
    readonly edges: readonly object[];
  };
  assert.deepEqual(graph.edges, [
    { from: make, to: use, file: '/nowhere/data/out', by: 'path', cyclic: false },
  ]);
});

test('a folder that is not there, a name given twice, and what is no pair are refused before anything starts', async () => {
  const refusals = [
    [['DATA'], `--alias is "DATA", expected NAME=FOLDER; NAME: ${nameRule}`],
    [['DATA='], `--alias is "DATA=", expected NAME=FOLDER; NAME: ${nameRule}`],
    [['DATA=one', 'DATA=two'], '--alias names DATA twice'],
    [['DATA=three'], `--alias DATA: there is no folder ${home.path('three')} on this machine`],
  ] as const;
  for (const [values, said] of refusals) {
    const { code, stdout, stderr } = await home.run(['worker', '--alias', ...values]);
    assert.deepEqual([code, stdout, stderr.split('\n')[0]], [2, '', `labkeep: ${said}.`]);
  }
  const up = await home.run(['up', '--data', home.path('other'), '--alias', 'DATA=three']);
  assert.deepEqual([up.code, up.stdout], [2, '']);
  const badName = await home.run(['worker', '--alias', '-=one']);
  assert.equal(badName.code, 2);
});

test('a name that is not registered is refused by its field', async () => {
  const { code, stdout, stderr } = await home.call([
    'submit',
    '-p',
    'toxd',
    '--dir',
    '{DTA}/run',
    '--',
    'true',
  ]);
  assert.deepEqual([code, stdout], [3, '']);
  assert.equal(
    stderr,
    'labkeep: There is no directory of this name: field directory, found "DTA", expected one of DATA.\n' +
      '  labkeep directory list shows those that there are.\n',
  );
});
