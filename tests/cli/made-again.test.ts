/** What rests on files that were made again, and how it is made anew: typed on the command line. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, test } from 'node:test';
import type { Job, StaleJob } from '@labkeep/client';
import { Bench } from './support/bench.ts';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;
before(async () => {
  server = await home.up();
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const folder = (name: string): Bench => new Bench(home, name);
const parsed = <T>(ended: Ended): T => JSON.parse(ended.stdout) as T;

test('stale results are listed, and made anew in the order of ancestry', async () => {
  const old = folder('old');
  old.write('in', '1\n');
  await old.run('cp', 'in', 'a');
  await old.run('cp', 'a', 'b');
  await old.sh('cat "$1" "$2" > c', 'a', 'b');
  const fresh = 'labkeep: nothing in old rests on what has been made again since\n';
  assert.deepEqual(await old.labkeep('stale'), { code: 0, stdout: '', stderr: fresh });
  assert.deepEqual(await old.labkeep('rerun', '--stale'), { code: 0, stdout: '', stderr: fresh });
  await old.sh('echo 2 > a');
  const stale = await old.labkeep('stale');
  assert.deepEqual(stale, {
    code: 0,
    stdout: `old/2
  a: made by old/1, and since by old/4
old/3
  a: made by old/1, and since by old/4
  b: made by old/2, which is stale
`,
    stderr: 'labkeep: 2 jobs; labkeep rerun --stale --dry-run shows how they would be made anew\n',
  });
  const { items } = parsed<{ items: StaleJob[] }>(await old.labkeep('stale', '--json'));
  assert.deepEqual(
    items.map(({ ref }) => ref),
    ['old/2', 'old/3'],
  );
  assert.deepEqual(await old.labkeep('rerun', '--stale', '--dry-run'), {
    code: 0,
    stdout: 'old/2\nold/3, after old/2\n',
    stderr: 'labkeep: 2 jobs would be done anew, in this order\n',
  });
  const rerun = await old.labkeep('rerun', '--stale', '--wait');
  assert.deepEqual([rerun.code, rerun.stdout], [0, 'old/5\nold/6\n'], rerun.stderr);
  assert.match(
    rerun.stderr,
    /labkeep: old\/5 is a rerun of old\/2\nlabkeep: old\/6 is a rerun of old\/3, after old\/5\n/,
  );
  assert.deepEqual(await old.labkeep('stale'), { code: 0, stdout: '', stderr: fresh });
  assert.equal(
    await old.prints('whence', 'c'),
    `c, unchanged: made by old/6, WHEN, on HOST
  a: made by old/4, WHEN, on HOST
  b: made by old/5, WHEN, on HOST
    a: made by old/4, as above
`,
  );
});

test('a rerun of a recorded run reads its files as they are now, and is asked for what that made', async () => {
  const again = folder('again');
  again.write('in', '1\n');
  await again.run('cp', 'in', 'out');
  again.write('in', '2\n');
  const job = parsed<Job>(await again.labkeep('rerun', '--wait', '--json', '1'));
  assert.deepEqual(
    [job.state, job.inputs, job.outputs],
    ['succeeded', [{ path: `${again.folder}/in` }], [{ path: `${again.folder}/out` }]],
  );
  assert.match(await again.prints('whence', 'out'), /^out, unchanged: made by again\/2, /);
});

test('a template of a recorded run keeps its command, and not what was in its files then', async () => {
  const bench = folder('template');
  bench.write('in.txt', 'one');
  const ref = await bench.run('cp', 'in.txt', 'out.txt');
  assert.equal((await bench.labkeep('template', 'save', 'copy', ref)).code, 0);
  bench.write('in.txt', 'two');
  const ended = await bench.labkeep(
    'submit',
    '--template',
    'copy',
    '--wait',
    '--json',
    '--',
    'cat',
    'in.txt',
  );
  const job = JSON.parse(ended.stdout) as Job;
  assert.deepEqual([job.state, job.onLost, job.inputs, job.outputs], ['succeeded', 'fail', [], []]);
});

test('show tells where a run was and by what, and what made its inputs', async () => {
  const bench = folder('shown');
  bench.write('in.txt', 'one');
  const first = await bench.run('cp', 'in.txt', 'mid.txt');
  const second = await bench.run('cp', 'mid.txt', 'out.txt');
  const shown = await bench.prints('show', second);
  assert.match(shown, new RegExp(` {2}Ran on {6}${hostname()}, as \\S+\n`));
  assert.match(shown, / {2}Program {5}\/\S*\/\S+ \(sha256 [0-9a-f]{12}…\)\n/);
  assert.match(
    shown,
    new RegExp(` {2}Input {7}\\S+/mid\\.txt \\(3 B, sha256 [0-9a-f]{12}…, from ${first}\\)\n`),
  );
});

test('rerun says which of its ways is meant', async () => {
  const refused = async (...words: readonly string[]): Promise<readonly unknown[]> => {
    const { code, stdout, stderr } = await home.call(['rerun', ...words]);
    return [code, stdout, stderr.split('\n')[0]];
  };
  assert.deepEqual(await refused(), [2, '', 'labkeep: No job is named.']);
  assert.deepEqual(await refused('--stale', 'old/1'), [
    2,
    '',
    'labkeep: A job is named, and --stale as well.',
  ]);
  assert.deepEqual(await refused('--dry-run', 'old/1'), [2, '', 'labkeep: --dry-run goes with --stale.']);
});
