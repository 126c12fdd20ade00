/**
 * Thousands who wait at one server, over real connections from another process. The short form has a tenth of them; the
 * long one, on PostgreSQL too: LABKEEP_TEST_CROWD=long.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { dataPaths } from '../../src/daemon/data-paths.ts';
import { readDiscovery, readToken } from '../../src/daemon/discovery.ts';
import { connectionBounds } from '../../src/daemon/open-files.ts';
import { Home, program } from '../cli/support/labkeep.ts';
import { Crowd } from '../support/crowd.ts';
import { postgresUnavailable, startPostgres } from '../support/postgres.ts';
import { openFiles } from '../support/process-figures.ts';
import { until } from '../support/until.ts';

const isLong = process.env.LABKEEP_TEST_CROWD === 'long';
const many = isLong ? { workers: 2_000, streams: 1_000 } : { workers: 200, streams: 100 };
const homes: Home[] = [];
after(async () => {
  for (const home of homes) await home.clean();
});

function newHome(): Home {
  const home = new Home();
  homes.push(home);
  return home;
}

function addressIn(home: Home): { url: string; token: string } {
  const paths = dataPaths(home.path('data'));
  const url = readDiscovery(paths.discovery)?.url;
  const token = readToken(paths.token);
  assert.ok(url !== undefined && token !== null);
  return { url, token };
}

async function submit(asker: Crowd): Promise<void> {
  const { status, text } = await asker.ask('POST', '/v1/projects/crowd/jobs', { task: 'x' });
  assert.equal(status, 201, text);
}

for (const storage of isLong ? ['SQLite', 'PostgreSQL'] : ['SQLite'])
  test(`${storage}: of ${many.workers} who wait one starts a job, ${many.streams} streams hear of it, and nothing stays behind`, {
    skip: storage === 'PostgreSQL' ? (postgresUnavailable() ?? false) : false,
  }, async () => {
    const home = newHome();
    await using postgres = storage === 'PostgreSQL' ? await startPostgres() : null;
    const server = await home.up([
      '--no-worker',
      ...(postgres === null ? [] : ['--storage', postgres.url()]),
    ]);
    const address = addressIn(home);
    using asker = new Crowd(address);
    const waiting = (kind: string): Promise<number> => asker.metric(`labkeep_waiting{kind="${kind}"}`);
    assert.equal((await asker.ask('POST', '/v1/projects', { name: 'crowd' })).status, 201);
    const filesBefore = openFiles(server.pid);

    using crowd = new Crowd(address);
    let heard = 0;
    crowd.workers(many.workers);
    await crowd.streams(many.streams, (text) => {
      if (text.includes('event: jobs.started')) heard += 1;
    });
    await until(
      'all wait',
      async () => (await waiting('claim')) === many.workers && (await waiting('stream')) === many.streams,
    );

    await submit(asker);
    await crowd.untilStarted(1);
    await until('every stream hears of it', () => heard === many.streams);
    await until('all wait again', async () => (await waiting('claim')) === many.workers);
    assert.equal(crowd.started.length, 1);
    assert.equal(await asker.metric('labkeep_offers_total'), 1, 'it was offered to one');
    for (const path of ['/v1/health', '/v1/projects/crowd/jobs', '/v1/workers?limit=10'])
      assert.equal((await asker.ask('GET', path)).status, 200, path);

    await crowd.leave();
    await until(
      'nobody waits',
      async () => (await waiting('claim')) === 0 && (await waiting('stream')) === 0,
    );
    if (filesBefore !== null)
      await until('files are closed', () => (openFiles(server.pid) ?? 0) <= filesBefore + 2);
    using next = new Crowd(address);
    next.workers(1, ['x']);
    await submit(asker);
    await next.untilStarted(1);
    const job = JSON.parse((await asker.ask('GET', '/v1/projects/crowd/jobs/2')).text);
    assert.equal(job.attempts, 1, 'nobody who had gone was given it');
    assert.equal(await server.stop('SIGTERM'), 0);
  });

test('with few open files allowed, who comes beyond waits outside, and the server goes on', {
  skip: process.platform !== 'linux',
}, async () => {
  const home = newHome();
  const filesMax = 256;
  const { connections, waitingInAll } = connectionBounds(filesMax, { withXmlRpc: false });
  const up = [program, 'up', '--no-worker', '--listen', '127.0.0.1:0'];
  const server = spawn('/bin/sh', ['-c', `ulimit -n ${filesMax} && exec "$@"`, 'sh', ...up], {
    env: home.env(),
    cwd: home.folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const paths = dataPaths(home.path('data'));
    await until('it listens', () => existsSync(paths.discovery));
    const address = addressIn(home);
    using asker = new Crowd(address);
    assert.equal((await asker.ask('POST', '/v1/projects', { name: 'crowd' })).status, 201);
    using crowd = new Crowd(address);
    crowd.workers(2 * filesMax);
    await until('some are sent away', () => crowd.cutOff > 0 && crowd.turnedAway > 0);
    await until(
      'as many wait as may',
      async () => (await asker.metric('labkeep_waiting{kind="claim"}')) === waitingInAll,
    );
    assert.ok((await asker.metric('labkeep_http_connections_refused_total')) > 0);
    assert.ok((await asker.metric('labkeep_turned_away_total{kind="claim"}')) > 0);
    assert.ok((openFiles(server.pid ?? 0) ?? 0) < filesMax, `${connections} connections leave files to open`);
    await submit(asker);
    await crowd.untilStarted(1);
    await crowd.leave();
    using next = new Crowd(address);
    assert.equal((await next.ask('GET', '/v1/health')).status, 200);
    await until('nobody waits', async () => (await next.metric('labkeep_waiting{kind="claim"}')) === 0);
    assert.equal(crowd.started.length, 1);
    assert.doesNotMatch(readFileSync(paths.log, 'utf8'), /EMFILE/);
  } finally {
    server.kill('SIGTERM');
    const [code] = await ended;
    assert.equal(code, 0);
  }
});
