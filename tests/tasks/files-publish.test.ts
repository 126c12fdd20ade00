import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Home } from '../cli/support/labkeep.ts';

const home = new Home();
after(() => home.clean());

test('files.publish publishes a directory as its job, follows --keep, and says why when it cannot', async () => {
  await home.up();
  mkdirSync(home.path('nr'));
  await labkeep('db', 'add', 'nr', '--kind', 'files', '--directory', home.path('nr'));
  for (const release of ['2026-10', '2026-11']) {
    fill(`in-${release}`, release);
    const wait = await run('nr', release, `in-${release}`, ['--param', 'keep=1', '--wait']);
    assert.equal(wait.code, 0, wait.stderr);
  }
  assert.equal(readFileSync(home.path('nr', '2026-11', 'part.fasta'), 'utf8'), '2026-11\n');
  assert.equal(readlinkSync(home.path('nr', 'current')), '2026-11');
  assert.equal(existsSync(home.path('nr', '2026-10')), false, 'the older one is removed by the task');
  const { release, settings } = JSON.parse(await labkeep('db', 'show', 'nr', '--json'));
  assert.deepEqual([release, settings.keep], ['2026-11', '1']);
  const [latest] = JSON.parse(await labkeep('jobs', '--project', 'operations', '--json')).items;
  const { progress } = JSON.parse(await labkeep('show', latest.ref, '--json'));
  const { done, total, unit } = progress.counts;
  assert.deepEqual([progress.text, done, unit], ['done', total, 'bytes'], 'what it said last is on record');

  fill('again', 'again');
  const twice = await run('nr', '2026-11', 'again', ['--wait']);
  assert.equal(twice.code, 1, 'a release is given once');
  assert.match(await why(twice.stdout), /nr has had a release 2026-11 before/);
  assert.match(twice.stderr, /has had a release 2026-11 before/, 'who waits is told at once');
  assert.deepEqual(JSON.parse(await labkeep('lock', 'list', '--json')).items, []);

  await labkeep('db', 'add', 'embl', '--kind', 'bank');
  const bank = await run('embl', '1', 'again', ['--wait']);
  assert.match(await why(bank.stdout), /only databases of kind files have releases/);
});

function fill(folder: string, text: string): void {
  mkdirSync(home.path(folder));
  writeFileSync(home.path(folder, 'part.fasta'), `${text}\n`);
}

function run(database: string, release: string, directory: string, more: readonly string[]) {
  const parameters = { database, release, directory: home.path(directory) };
  const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  return home.call(['task', 'run', 'files.publish', ...given, ...more]);
}

/** Of the job whose reference was printed. */
function why(printed: string): Promise<string> {
  return labkeep('why', printed.trim());
}

async function labkeep(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await home.call(args);
  assert.equal(code, 0, stderr);
  return stdout;
}
