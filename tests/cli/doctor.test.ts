/** labkeep doctor: what it says of a machine on which all works, and of each part that does not. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { checkDiskSpace, checkNode } from '../../src/cli/doctor/this-machine.ts';
import { dataPaths } from '../../src/daemon/data-paths.ts';
import { Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;
before(async () => {
  server = await home.up(['--slots', '3']);
  let status: string;
  do status = (await home.call(['status'])).stdout;
  while (status.includes('0 workers'));
});
after(() => home.clean());

/** Lines that depend on the machine, as they are alike on all. */
function steady(text: string): string {
  return text
    .replace(process.versions.node, 'VERSION')
    .replace(/[\d.]+ [kMGT]B free/, 'SPACE free')
    .replace(/you are \S+/, 'you are ME')
    .replace(/\S+-up: 3 slots/, 'NAME: 3 slots');
}

test('where all works, each part has a line, and the exit code is 0', async () => {
  const { code, stdout, stderr } = await home.call(['doctor']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    steady(stdout),
    `✔ Node         VERSION
✔ Data folder  ~/data
✔ Storage      SQLite with a write-ahead log; files can be written, synced and locked
✔ Disk space   SPACE free
✔ Server       Labkeep 0.1.0 at ${server.url}, on SQLite
✔ Token        you are ME (admin)
✔ Worker       NAME: 3 slots for your jobs
✔ Clock        agrees with the server’s
– Record       labkeep verify compares it with itself
All is well.
`,
  );
});

test('without a server it says how to start one, and what cannot be known', async () => {
  const { code, stdout, stderr } = await home.call(['doctor', '--data', home.path('new')]);
  assert.deepEqual([code, stderr], [1, '']);
  assert.equal(
    steady(stdout),
    `✔ Node         VERSION
✔ Data folder  ~/new, which labkeep up will make
– Storage      nothing is recorded yet
✔ Disk space   SPACE free
✘ Server       No server runs on the data folder ${home.path('new')}
               Start one with labkeep up, or name one with --server.
– Token        not known without a server
– Worker       not known without a server
– Clock        not known without a server
1 of 8 parts is amiss.
`,
  );
});

test('a token that is not known, and a user whom no worker serves', async () => {
  const wrong = await home.call(['doctor', '--json'], { env: { LABKEEP_TOKEN: 'wrong' } });
  assert.equal(wrong.code, 1);
  assert.deepEqual(notWell(wrong.stdout), [
    ['Token', false],
    ['Worker', null],
  ]);
  const { stdout: token } = await home.call(['token', 'create', '--name', 'eve', '--role', 'contributor']);
  const eve = await home.call(['doctor', '--json'], { env: { LABKEEP_TOKEN: token.trim() } });
  assert.deepEqual([eve.code, notWell(eve.stdout)], [1, [['Worker', false]]]);
});

test('one of several servers that does not answer, while another does', async () => {
  const args = ['doctor', '--server', server.url, '--server', 'http://127.0.0.1:9'];
  const { code, stdout } = await home.call(args);
  assert.equal(code, 1);
  assert.match(stdout, /^✘ Server {7}No server answers at http:\/\/127\.0\.0\.1:9/m);
  assert.match(stdout, /^✔ Server {7}Labkeep/m);
  assert.match(stdout, /^1 of 10 parts is amiss\.$/m);
});

test('runs that were refused, and why', async () => {
  const runs = home.path('refusing', 'runs');
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  chmodSync(home.path('refusing'), 0o700);
  for (const [key, told] of Object.entries({
    one: { why: 'The folder is gone.' },
    two: { why: 'The folder is gone.' },
    three: { ref: 'toxd/1', state: 'running', newProject: null, final: false, cancel: false },
  })) {
    writeFileSync(`${runs}/${key}.start.json`, '{}');
    writeFileSync(`${runs}/${key}.told.json`, JSON.stringify(told));
  }
  const { stdout } = await home.call(['doctor', '--data', home.path('refusing')]);
  assert.match(
    stdout,
    /^✘ Runs {9}2 runs in ~\/refusing\/runs not on record: The folder is gone\.\n {15}Put that right: /m,
  );
});

test('a data folder that others can read, or that is a file', async () => {
  mkdirSync(home.path('open'));
  chmodSync(home.path('open'), 0o755);
  writeFileSync(home.path('file'), '');
  const open = await home.call(['doctor', '--data', home.path('open')]);
  assert.match(open.stdout, /^✘ Data folder {2}~\/open can be read by other accounts\n {15}chmod 700 /m);
  const file = await home.call(['doctor', '--data', home.path('file', 'inner')]);
  assert.match(file.stdout, /^✘ Data folder {2}~\/file\/inner lies below a file\n/m);
});

test('a server of another version, whose clock is wrong', async (t) => {
  const other = createServer((_, response) => {
    const now = new Date(Date.now() - 3_600_000).toISOString();
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        status: 'ok',
        version: '9.1.0',
        storage: 'sqlite',
        journal: 'wal',
        incarnation: 'x',
        now,
        principal: 'ada',
        grants: [],
        items: [],
        next: null,
      }),
    );
  });
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const { code, stdout } = await home.call(['doctor', '--server', `http://127.0.0.1:${port}`]);
  assert.equal(code, 1);
  assert.match(stdout, /^✘ Server .*; this program is 0\.1\.0\n {15}Use the same version on both sides\.$/m);
  assert.match(stdout, /^✘ Clock {8}\S+ \S+ ahead of the server’s$/m);
  assert.match(
    stdout,
    /^✘ Worker {7}none is connected that runs your jobs\n {15}Start one with labkeep worker\.$/m,
  );
});

test('a Node that is too old, and where there is no space', () => {
  assert.deepEqual(
    [checkNode('24.0.0').ok, checkNode('100.1.0').ok, checkNode('22.9.0').ok],
    [true, true, false],
  );
  assert.equal(checkDiskSpace(dataPaths('/proc/nowhere')).ok, false);
});

function notWell(json: string): readonly (readonly [string, boolean | null])[] {
  const {
    findings,
  }: { readonly findings: readonly { readonly part: string; readonly ok: boolean | null }[] } =
    JSON.parse(json);
  return findings.filter(({ ok }) => ok !== true).map(({ part, ok }) => [part, ok]);
}
