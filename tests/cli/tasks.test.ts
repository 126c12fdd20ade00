/** Tasks of a file, run and followed by hand, on a server with a worker. */
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Job, TaskList, TaskStatus } from '@labkeep/client';
import { until } from '../support/until.ts';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const file = (description: string): string => `
[task."bank.build"]
title = "Build a bank"
description = "${description}"
command = ["sh", "-c", "while test -e \\"$1\\"; do sleep 0.05; done; exit $2", "sh", "{wait}", "{code}"]

[task."bank.build".parameters]
required = ["wait"]
[task."bank.build".parameters.properties.wait]
type = "string"
description = "A file that it waits for to be gone"
[task."bank.build".parameters.properties.code]
type = "integer"
default = 0
[task."bank.build".parameters.properties.names]
type = "array"
items = { type = "integer" }
`;

const home = new Home();
let server: Server;
before(async () => {
  writeFileSync(home.path('tasks.toml'), file('first'));
  writeFileSync(home.path('gate'), '');
  server = await home.up(['--slots', '2', '--tasks', 'tasks.toml']);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const parsed = <T>(ended: Ended): T => JSON.parse(ended.stdout) as T;
const task = (...words: string[]): Promise<Ended> => home.call(['task', ...words]);

test('the tasks of a file are listed and shown', async () => {
  const list = await task('list');
  assert.match(list.stdout, /bank\.build +Build a bank +wait code names +file/);
  const { items } = parsed<TaskList>(await task('list', '--json'));
  assert.equal(items.find(({ name }) => name === 'bank.build')?.source, 'file');
  const shown = await task('show', 'bank.build');
  assert.match(shown.stdout, /^bank\.build {2}Build a bank\n\nfirst\n/);
  assert.match(shown.stdout, /wait +string +required +A file that it waits for to be gone/);
  assert.match(shown.stdout, /code +integer +0\n/);
  const misspelt = await task('show', 'bank.bild');
  assert.equal(misspelt.code, 3);
  assert.match(misspelt.stderr, /There is no task bank\.bild; bank\.build is near/);
});

test('a run is followed by its parameters from another process, and refused a second time', async () => {
  const parameters = ['--param', `wait=${home.path('gate')}`, '--param', 'names=3', '--param', 'names=4'];
  const never = await task('status', 'bank.build', ...parameters);
  assert.equal(never.code, 3);
  assert.match(never.stderr, /never run with these parameters/);
  const run = await task('run', 'bank.build', ...parameters);
  assert.deepEqual(run, { code: 0, stdout: 'operations/1\n', stderr: '' });
  const again = await task('run', 'bank.build', ...parameters, '--param', 'code=0');
  assert.equal(again.code, 5);
  assert.match(again.stderr, /goes on with the same parameters as operations\/1/);
  assert.match(again.stderr, /labkeep task status follows it/);
  const { job } = parsed<TaskStatus>(await task('status', 'bank.build', ...parameters, '--json'));
  assert.deepEqual([job.ref, job.finishedAt], ['operations/1', null]);
  renameSync(home.path('gate'), home.path('open'));
  assert.equal((await home.call(['wait', 'operations/1'])).code, 0);
  const ended = await task('status', 'bank.build', ...parameters);
  assert.match(ended.stdout, /^operations\/1 succeeded/);
});

test('a run that is waited for says how it ended', async () => {
  const parameters = ['--param', 'wait=/nowhere', '--param', 'code=3', '-p', 'nights'];
  assert.equal((await task('run', 'bank.build', ...parameters)).code, 3);
  await home.call(['project', 'create', 'nights']);
  const run = await task('run', 'bank.build', ...parameters, '--wait');
  assert.deepEqual([run.code, run.stdout], [1, 'nights/1\n']);
  assert.match(run.stderr, /nights\/1 failed \(exit 3\)/);
  const status = await task('status', 'bank.build', '--param', 'wait=/nowhere', '--param', 'code=3');
  assert.match(status.stdout, /^nights\/1 failed \(exit 3\)/);
  const json = await task('run', 'bank.build', ...parameters, '--json');
  assert.equal(parsed<Job>(json).project, 'nights');
});

test('parameters are read by their types, and refused by them', async () => {
  const refused = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await task('run', 'bank.build', ...words.flatMap((word) => ['--param', word]));
    assert.equal(code, 2);
    return stderr;
  };
  assert.match(await refused('code=1'), /field parameters\.wait, .*expected a value/);
  assert.match(
    await refused('wait=a', 'code=x'),
    /field parameters\.code, found "x", expected of type integer/,
  );
  assert.match(await refused('wait=a', 'names=[1,"b"]'), /field parameters\.names\[1\]/);
  assert.match(await refused('wait=a', 'colour=red'), /no such parameter/);
  assert.match(await refused('wait'), /expected NAME=VALUE/);
});

test('a changed file is read again; one with a fault leaves what was, and shows', async () => {
  const shows = async (pattern: RegExp, words: string[]): Promise<boolean> => {
    const { stdout, stderr } = await home.call(words);
    return pattern.test(stdout + stderr);
  };
  writeFileSync(home.path('tasks.toml'), file('second'));
  await until('the second is read', () => shows(/second/, ['task', 'show', 'bank.build']));
  writeFileSync(home.path('tasks.toml'), `${file('third')}\n[task.x]\ncolour = 1\n`);
  await until('its fault shows', () => shows(/task\.x\.colour/, ['db', 'list']));
  assert.match((await task('show', 'bank.build')).stdout, /second/);
  writeFileSync(home.path('tasks.toml'), '[task.x]\nlocks = ["{y}:shared"]\n');
  await until('the other fault shows', () => shows(/task\.x\.locks\[0\].*no parameters/, ['db', 'list']));
  writeFileSync(home.path('tasks.toml'), file('fourth'));
  await until('the fourth is read', () => shows(/fourth/, ['task', 'show', 'bank.build']));
});
