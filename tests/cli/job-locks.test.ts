/** Jobs that lock databases, as typed by a person. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Job } from '@labkeep/client';
import { readDiscovery } from '../../src/daemon/discovery.ts';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(folder);
  server = await home.up(['--slots', '2']);
  const settings = { directory: '/data/embl' };
  await call('POST', '/v1/databases', { name: 'embl', kind: 'bank', release: '144', settings });
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const here = (args: readonly string[]): Promise<Ended> => home.call(args, { cwd: folder });

async function call(method: string, path: string, body: object): Promise<void> {
  const found = readDiscovery(home.path('data', 'server.json'));
  assert.ok(found);
  const token = readFileSync(home.path('data', 'token'), 'utf8').trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(new URL(path, found.url), { method, headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.text());
}

test('a job with locks finds its databases, and shows which release it read', async () => {
  const script =
    'echo $LABKEEP_DB_EMBL $LABKEEP_DB_EMBL_RELEASE $(test -n "$LABKEEP_LOCK_EPOCH" && echo locked)';
  const ended = await here(['submit', '--wait', '--lock', 'embl', '--', 'sh', '-c', script]);
  assert.deepEqual([ended.code, ended.stdout], [0, 'toxd/1\n'], ended.stderr);
  assert.equal((await here(['log', '1'])).stdout, '/data/embl 144 locked\n');
  const { stdout } = await here(['show', '1']);
  assert.match(stdout, /Locks +embl \(shared\)/);
  assert.match(stdout, /Databases +embl 144/);
  const job = JSON.parse((await here(['show', '--json', '1'])).stdout) as Job;
  assert.deepEqual(job.databases, [{ path: 'embl', mode: 'shared', release: '144', attempt: 1 }]);
});

test('what waits for a lock says for whom; results of an old release are counted', async () => {
  await call('POST', '/v1/databases/embl/close', { reason: 'release 145', until: '2030-01-02T03:04:05Z' });
  const submitted = await here(['submit', '--each', 'none*', '--lock', 'embl', '--', 'true', '{}']);
  assert.equal(submitted.code, 2, 'no file matches');
  assert.equal((await here(['submit', '--lock', 'embl:exclusive', '--', 'true'])).stdout, 'toxd/2\n');
  const why = await here(['why', '2']);
  assert.match(
    why.stdout,
    /It waits for embl: .* closes embl: release 145; it is said to be open again at 2030/,
  );
  await call('POST', '/v1/databases/embl/reopen', { release: '145' });
  assert.equal((await here(['wait', '2'])).code, 0);
  const stale = await here(['stale']);
  assert.equal(stale.stdout, 'embl is now 145; 1 result rests on 144\n');
  assert.match((await here(['methods', '1'])).stdout, /with embl 144/);
});

test('a lock that cannot be is refused before anything is submitted', async () => {
  const unknown = await here(['submit', '--lock', 'embi', '--', 'true']);
  assert.match(unknown.stderr, /There is no database embi; did you mean embl\?/);
  const mode = await here(['submit', '--lock', 'embl:both', '--', 'true']);
  assert.match(mode.stderr, /shared or exclusive/);
  assert.deepEqual([unknown.code === 0, mode.code === 0], [false, false]);
});

test('the children of an array take their locks one by one', async () => {
  const ended = await home.call(
    ['submit', '--wait', '--each-line', '-', '--lock', 'embl:exclusive', '--', 'echo', '{}'],
    {
      cwd: folder,
      input: 'a\nb\nc\n',
    },
  );
  assert.equal(ended.code, 0, ended.stderr);
  const ref = ended.stdout.trim();
  const child = JSON.parse((await here(['show', '--json', `${ref}.3`])).stdout) as Job;
  assert.deepEqual(child.locks, [{ path: 'embl', mode: 'exclusive' }]);
  assert.deepEqual(
    child.databases.map(({ release }) => release),
    ['145'],
  );
});
