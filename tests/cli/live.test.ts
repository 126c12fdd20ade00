/** What is for people who look on: progress while a command waits, pages that are drawn again, top. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Home } from './support/labkeep.ts';
import { noTerminal, OnTerminal, runOnTerminal } from './support/on-terminal.ts';

const home = new Home();
const folder = home.path('toxd');
before(async () => {
  mkdirSync(folder);
  await home.up(['--slots', '2']);
});
after(async () => {
  OnTerminal.endAll();
  await home.clean();
});

const here = (...args: readonly string[]) => home.call(args, { cwd: folder });

/** Submits a command that goes on until it is let go. */
async function submitOpen(name: string): Promise<{ readonly ref: string; readonly letGo: () => void }> {
  const file = home.path('toxd', `go-${name}`);
  const { stdout } = await here(
    'submit',
    '--title',
    name,
    '--',
    'sh',
    '-c',
    `until [ -e '${file}' ]; do sleep 0.05; done`,
  );
  return { ref: stdout.trim(), letGo: () => writeFileSync(file, '') };
}

test('waiting for several jobs shows how many have ended, on a terminal', { skip: noTerminal }, async () => {
  const first = await submitOpen('first');
  const second = await submitOpen('second');
  const waiting = new OnTerminal(home, ['wait', first.ref, second.ref], { cwd: folder, columns: 60 });
  await waiting.says(/«line»─{24} {2}0 of 2 ended, 2 running {2}\d+ s/);
  first.letGo();
  await waiting.says(/«line»toxd\/1 succeeded, \d+.*\n.*«line»━{12}─{12} {2}1 of 2 ended, 1 running/);
  second.letGo();
  assert.equal(await waiting.ended(), 0);
  assert.match(waiting.text, /«line»toxd\/2 succeeded, .*\n.*«line»$/);
});

test('where nobody looks, waiting prints what ended and nothing else', async () => {
  const { stdout, stderr, code } = await here('wait', '1', '2');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^toxd\/\d succeeded, [^\n]+\ntoxd\/\d succeeded, [^\n]+\n$/);
});

test('a backup shows how far it is, on a terminal alone', { skip: noTerminal }, async () => {
  const { code, text } = await runOnTerminal(home, ['backup', home.path('copy.db')], { cwd: folder });
  assert.equal(code, 0);
  assert.match(text, new RegExp(`(^|»)labkeep: all is copied to ${home.path('copy.db')}\n`));
  assert.deepEqual(await here('backup', home.path('again.db')), {
    code: 0,
    stdout: '',
    stderr: `labkeep: all is copied to ${home.path('again.db')}\n`,
  });
  const absent = home.path('absent/copy.db');
  assert.deepEqual(await here('backup', absent), {
    code: 2,
    stdout: '',
    stderr: `labkeep: The backup ${absent} cannot be written: no such file or folder (ENOENT).\n  Name a new file in a folder that you may write to.\n`,
  });
});

test('labkeep show --watch draws a job again until it has ended', { skip: noTerminal }, async () => {
  const job = await submitOpen('watched');
  const watching = new OnTerminal(home, ['show', '--watch', job.ref], {
    cwd: folder,
    env: { NO_COLOR: '1' },
  });
  await watching.says(/^«enter»(.|\n)*«page»toxd\/3 {2}running {2}watched\n(.+\n)+\nq ends\./);
  job.letGo();
  assert.equal(await watching.ended(), 0);
  assert.match(watching.text, /«leave»toxd\/3 {2}succeeded {2}watched\n(.+\n)+$/);
});

test('labkeep jobs --watch goes on until q, and leaves the last page', { skip: noTerminal }, async () => {
  const watching = new OnTerminal(home, ['jobs', '-w', '-n', '1'], { cwd: folder, env: { NO_COLOR: '1' } });
  await watching.says(/q ends\./);
  await here('submit', '--title', 'later', '--', 'true');
  await watching.says(/«page»JOB .*\ntoxd\/4 .*later/);
  watching.press('q');
  assert.equal(await watching.ended(), 0);
  assert.match(watching.text, /«leave»JOB .*\ntoxd\/4 .*later.*\n/);
});

test('where nobody looks, --watch prints the page each time that it has changed', async () => {
  const job = await submitOpen('told');
  const watched = here('show', '--watch', '--json', job.ref);
  job.letGo();
  const { code, stdout } = await watched;
  assert.equal(code, 0);
  const pages = stdout.trimEnd().split('\n');
  assert.equal(JSON.parse(pages.at(-1) ?? '').state, 'succeeded');
  assert.equal(new Set(pages).size, pages.length);
});

test('labkeep top prints what goes on, once where no terminal is', async () => {
  const open = [await submitOpen('one'), await submitOpen('two')];
  await here('submit', '--hold', '--', 'true');
  await here('submit', '--after', open[0]?.ref ?? '', '--', 'true');
  await here('submit', '--', 'true');
  let steady = '';
  while (!steady.includes('2 of 2 slots busy; 2 jobs running, 3 waiting')) {
    const { code, stdout, stderr } = await here('top');
    assert.deepEqual([code, stderr], [0, '']);
    steady = stdout
      .replace(/http:\S+,/, 'URL,')
      .replace(/\d\d:\d\d:\d\d/, 'TIME')
      .replaceAll(/\d+(\.\d+)? s\b( *)/g, 'AGE  ')
      .replace(/^(\S+-up)( +)connected/m, 'NAME  connected')
      .replace(/^WORKER +/m, 'WORKER  ')
      .replace(/2 of 2 {2}\S+$/m, '2 of 2  ME');
  }
  assert.equal(
    steady,
    `Labkeep 0.1.0 at URL, on SQLite, TIME UTC
2 of 2 slots busy; 2 jobs running, 3 waiting

WORKER  STATE      SLOTS            JOBS OF
NAME  connected  ━━━━━━━━ 2 of 2  ME

JOB     STATE    AGE     TITLE
toxd/6  running  AGE  one
toxd/7  running  AGE  two

WAITING
1        for other jobs
1        for somebody to release them
1        for a worker
`.replace(/AGE {5}TITLE/, steady.match(/AGE +TITLE/)?.[0] ?? 'no title'),
  );
  const { running, waiting, workers } = JSON.parse((await here('top', '--json')).stdout);
  assert.deepEqual(
    running.map(({ ref }: { readonly ref: string }) => ref),
    ['toxd/6', 'toxd/7'],
  );
  assert.deepEqual(
    new Map(
      waiting.map(({ reason, jobs }: { readonly reason: string; readonly jobs: number }) => [reason, jobs]),
    ),
    new Map([
      ['worker', 1],
      ['held', 1],
      ['dependency', 1],
    ]),
  );
  assert.equal(workers.length, 1);
  for (const { letGo } of open) letGo();
});

test('labkeep top follows what happens, in the lines that there are', { skip: noTerminal }, async () => {
  const top = new OnTerminal(home, ['top'], { cwd: folder, columns: 50, rows: 16, env: { NO_COLOR: '1' } });
  await top.says(/WORKER/);
  const job = await submitOpen('a title that is too long for a terminal of fifty columns');
  await top.says(/toxd\/11 {2}running {2}.*a title .*…/);
  job.letGo();
  await top.says(/toxd\/11 {2}running[\s\S]*«page».*\n.*; 0 jobs running, /);
  top.press('\x03');
  assert.equal(await top.ended(), 0);
  const [, ...pages] = (top.text.split('«leave»')[0] ?? '').split('«page»');
  assert.ok(pages.length >= 2);
  for (const page of pages) {
    const lines = page.split('\n');
    assert.ok(lines.length <= 16, page);
    for (const line of lines) assert.ok(line.length <= 50, line);
  }
});

test('a server that goes away while somebody watches is waited for', { skip: noTerminal }, async () => {
  const other = new Home();
  try {
    const server = await other.up(['--listen', '127.0.0.1:0']);
    const watching = new OnTerminal(other, ['status', '--watch'], {
      cwd: other.folder,
      env: { NO_COLOR: '1' },
    });
    await watching.says(/q ends\./);
    await server.stop();
    await watching.says(/No server answers; trying again/);
    watching.press('q');
    assert.equal(await watching.ended(), 0);
  } finally {
    await other.clean();
  }
});
