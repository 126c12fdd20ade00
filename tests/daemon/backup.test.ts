/** Backups of a server that works, and what comes back from them. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { JobList } from '@labkeep/client';
import { Home } from '../cli/support/labkeep.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';

const home = new Home();
after(() => home.clean());
const postgres = sharedPostgres();

const submit = (title: string) =>
  home.call(['submit', '-p', 'toxd', '--hold', '--title', title, '--', 'true']);
const titles = async (...options: readonly string[]): Promise<readonly (string | null)[]> => {
  const { stdout } = await home.call(['jobs', '-p', 'toxd', '--json', ...options]);
  return (JSON.parse(stdout) as JobList).items.map(({ title }) => title);
};

test('a backup is taken while the server works, and put in the place of what was there', async () => {
  const server = await home.up(['--no-worker']);
  await home.call(['project', 'create', 'toxd']);
  await submit('before');
  const file = home.path('lab.backup');
  assert.deepEqual(await home.call(['backup', 'lab.backup']), {
    code: 0,
    stdout: '',
    stderr: `labkeep: all is copied to ${file}\n`,
  });
  await submit('after');
  assert.deepEqual(await home.call(['backup', 'lab.backup']), {
    code: 2,
    stdout: '',
    stderr: `labkeep: ${file} is there already.\n  Name a new file; nothing is overwritten.\n`,
  });
  const held = await home.call(['restore', 'lab.backup']);
  assert.deepEqual([held.code, held.stdout], [5, '']);
  assert.equal(await server.stop(), 0);

  const restored = await home.call(['restore', 'lab.backup', '--json']);
  const { incarnation, taken, kept } = JSON.parse(restored.stdout) as Record<string, unknown>;
  assert.match(String(incarnation), /^\w+$/);
  assert.deepEqual([taken, existsSync(String(kept))], [0, true]);
  const again = await home.up(['--no-worker']);
  assert.deepEqual(await titles(), ['before']);
  await submit('new');
  assert.deepEqual(await titles(), ['new', 'before']);
  await home.call(['release', 'toxd/1']);
  assert.match(
    (await home.call(['why', 'toxd/1'])).stdout,
    /^The storage was restored, or failed over, a moment ago; jobs are handed out again in [1-6]?\d s\.$/m,
  );
  assert.equal(await again.stop(), 0);
});

test('what is no backup is refused, and nothing is touched', async () => {
  writeFileSync(home.path('note.txt'), 'not a database');
  const next = '  Name a file that labkeep backup wrote.';
  for (const [name, what] of [
    [home.path('note.txt'), `${home.path('note.txt')} is no backup of Labkeep`],
    [home.path('.'), `${home.path('.')} is no backup of Labkeep`],
    ['/nonexistent', 'There is no file /nonexistent'],
  ] as const)
    assert.deepEqual(await home.call(['restore', name]), {
      code: 2,
      stdout: '',
      stderr: `labkeep: ${what}.\n${next}\n`,
    });
  const server = await home.up(['--no-worker']);
  assert.deepEqual(await titles(), ['new', 'before']);
  assert.equal(await server.stop(), 0);
});

test('without a database there is nothing to back up', async () => {
  assert.deepEqual(await home.call(['backup', 'x', '--data', home.path('none')]), {
    code: 2,
    stdout: '',
    stderr: `labkeep: There is no database in the data folder ${home.path('none')}.\n  Name another folder with --data, or the PostgreSQL with --storage.\n`,
  });
});

test('two servers on one PostgreSQL are equal; it is filled from a backup, and gives one', {
  skip: postgresUnavailable(),
}, async () => {
  const storage = ['--storage', await postgres.freshDatabase('shared')];
  const [one, other] = [home.path('one'), home.path('other')];
  const restored = await home.call(['restore', 'lab.backup', '--data', one, ...storage]);
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(
    restored.stderr,
    /^labkeep: when a server is started, neither jobs nor locks are handed out for 60 s/m,
  );
  const first = await home.up(['--no-worker', '--data', one, ...storage]);
  assert.match(first.stdout, /^Data ~\/one \(PostgreSQL 127\.0\.0\.1:\d+\/shared_\w+\) /m);
  const second = await home.up(['--no-worker', '--data', other, ...storage]);
  assert.deepEqual(await titles('--data', one), ['before']);
  const submitted = await home.call([
    'submit',
    '-p',
    'toxd',
    '--hold',
    '--title',
    'shared',
    '--data',
    other,
    '--',
    'true',
  ]);
  assert.equal(submitted.code, 0, submitted.stderr);
  assert.deepEqual(await titles('--data', one), ['shared', 'before']);

  const backup = await home.call(['backup', 'shared.backup', ...storage]);
  assert.equal(backup.code, 0, backup.stderr);
  assert.deepEqual([await first.stop(), await second.stop()], [0, 0]);
  await home.call(['restore', 'shared.backup', '--data', home.path('moved')]);
  const moved = await home.up(['--no-worker', '--data', home.path('moved')]);
  assert.deepEqual(await titles('--data', home.path('moved')), ['shared', 'before']);
  assert.equal(await moved.stop(), 0);
});
