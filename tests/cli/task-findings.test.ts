/** What a task asks of its runs, queued and recorded: on the record, in comparisons and in the paragraph for a paper. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { after, before, test } from 'node:test';
import type { Job, Task } from '@labkeep/client';
import { type Ended, Home, program, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;

const tasks = `
[task.refine]
title = "Refine a model"
command = ["${home.path('refine')}", "{cycles}"]
version = { command = ["refine", "-i"], pattern = "version (\\\\S+)" }
numbers = { Rfree = "R free = (.*)" }

[task.refine.parameters.properties.cycles]
type = "integer"
default = 10
`;

function writeRefine(version: string, value: number): void {
  const file = home.path('refine');
  writeFileSync(
    file,
    `#!/bin/sh
if [ "$1" = -i ]; then echo "Refine"; echo "version ${version}"; else echo "R free = ${value}"; fi
`,
  );
  chmodSync(file, 0o755);
}

before(async () => {
  mkdirSync(folder);
  writeRefine('5.8', 0.31);
  writeFileSync(home.path('tasks.toml'), tasks);
  server = await home.up(['--tasks', 'tasks.toml']);
  assert.equal((await labkeep('project', 'create', 'toxd')).code, 0);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const labkeep = (...words: string[]): Promise<Ended> => home.call(words, { cwd: folder });
const parsed = <T>(ended: Ended): T => {
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout) as T;
};
const jobOf = async (ref: string): Promise<Job> => parsed(await labkeep('show', ref, '--json'));

test('what a task asks is shown with it', async () => {
  const { version, numbers } = parsed<Task>(await labkeep('task', 'show', 'refine', '--json'));
  assert.deepEqual(version, { command: ['refine', '-i'], pattern: 'version (\\S+)' });
  assert.deepEqual(numbers, { Rfree: 'R free = (.*)' });
  const { stdout } = await labkeep('task', 'show', 'refine');
  assert.match(stdout, /^version {2}refine -i: version \(\\S\+\)\nnumber {3}Rfree: R free = \(\.\*\)$/m);
});

test('a queued run has host, account, program, version and numbers', async () => {
  const run = await labkeep('task', 'run', 'refine', '-p', 'toxd', '--wait');
  assert.equal(run.code, 0, run.stderr);
  const job = await jobOf('toxd/1');
  assert.deepEqual(job.numbers, { Rfree: 0.31 });
  assert.deepEqual([job.run?.host, job.run?.version], [hostname(), '5.8']);
  assert.equal(job.run?.executable?.path, home.path('refine'));
  assert.match(job.run?.executable?.sha256 ?? '', /^[0-9a-f]{64}$/);
  const { stdout } = await labkeep('show', 'toxd/1');
  assert.match(
    stdout,
    new RegExp(`Ran on +${hostname()}, as \\S+\\n +Program +${home.path('refine')} \\(5\\.8, `),
  );
  assert.match(stdout, /Numbers +Rfree 0\.31/);
  assert.equal((await labkeep('count', 'Rfree<0.5', '-p', 'toxd')).stdout, '1\n');
});

test('a recorded run is asked alike, and its numbers come from the file that it wrote to', async () => {
  writeRefine('5.9', 0.25);
  writeFileSync(home.path('toxd', 'log'), 'R free = 0.9\n');
  const log = openSync(home.path('toxd', 'log'), 'a');
  const words = ['run', '-p', 'toxd', '--task', 'refine', '--', '../refine', 'more'];
  const child = spawn(program, words, { cwd: folder, env: home.env(), stdio: ['ignore', log, 'pipe'] });
  closeSync(log);
  await once(child, 'close');
  const job = await jobOf('toxd/2');
  assert.deepEqual([job.origin, job.state, job.numbers], ['recorded', 'succeeded', { Rfree: 0.25 }]);
  assert.equal(job.run?.version, '5.9');
  const quiet = await home.run(['run', '-p', 'toxd', '--task', 'refine', '--', 'sh', '-c', 'true'], {
    cwd: folder,
    env: { PATH: `${home.folder}:${home.env().PATH}` },
  });
  assert.equal(quiet.code, 0);
  const third = await jobOf('toxd/3');
  assert.deepEqual([third.run?.version, third.numbers], ['refine 5.9', {}]);
  assert.equal(readFileSync(home.path('toxd', 'log'), 'utf8'), 'R free = 0.9\nR free = 0.25\n');
});

test('comparison and paragraph use them', async () => {
  const { stdout } = await labkeep('diff', 'toxd/1', 'toxd/2');
  assert.match(stdout, /^version\n {2}- 5\.8\n {2}\+ 5\.9$/m);
  assert.match(stdout, /^numbers\.Rfree\n {2}- 0\.31\n {2}\+ 0\.25$/m);
  assert.match((await labkeep('methods', 'toxd/1')).stdout, /with refine 5\.8 \(toxd\/1\)\.$/m);
  assert.match((await labkeep('methods', 'toxd/3')).stdout, /with refine 5\.9 \(toxd\/3\)/);
});

test('a file with a question that is none says what is wrong', async () => {
  writeFileSync(home.path('tasks.toml'), tasks.replace('(.*)', '(.*'));
  let told = '';
  for (let tries = 0; tries < 100 && !told.includes('numbers'); tries++) {
    const found = await labkeep('db', 'list');
    told = found.stdout + found.stderr;
  }
  assert.match(told, /numbers\.Rfree.*regular expression/);
});
