import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setInterval } from 'node:timers/promises';
import pg from 'pg';
import { postgresUnavailable, sharedPostgres, startPostgres } from './postgres.ts';

const skip = postgresUnavailable() ?? false;
const shared = sharedPostgres();

describe('a PostgreSQL of the tests', { skip }, () => {
  it('starts as configured, and leaves nothing when it is stopped', async () => {
    const server = await startPostgres({ settings: { work_mem: '7MB' } });
    assert.equal(await ask(server.url(), 'SHOW fsync'), 'on');
    assert.equal(await ask(server.url(), 'SHOW work_mem'), '7MB');
    assert.equal(
      await ask(server.url(), 'SHOW server_version').then((said) => said.split(' ')[0]),
      server.version,
    );

    await Promise.all([server.stop(), server.stop()]);
    assert.equal(existsSync(server.folder), false);
    assert.equal(await accepts(server.port), false);
    await assert.rejects(server.restart(), /was stopped/);
  });

  it('is reached only with its password', async () => {
    await using server = await startPostgres();
    const url = new URL(server.url());
    url.password = 'guess';
    await assert.rejects(ask(url.href, 'SELECT 1'), { code: '28P01' });
  });

  it('keeps what was committed through restarts and crashes, on the same port', async () => {
    await using server = await startPostgres();
    await ask(server.url(), 'CREATE TABLE kept (n int)');
    const downfalls = [
      () => server.restart(),
      () => server.restart({ immediate: true }),
      async () => {
        await server.kill9();
        assert.equal(server.pid, undefined);
        assert.equal(await accepts(server.port), false);
        await server.restart();
      },
    ];
    for (const [done, fall] of downfalls.entries()) {
      const before = server.pid;
      await ask(server.url(), 'INSERT INTO kept VALUES (1)');
      await fall();
      assert.notEqual(server.pid, before);
      assert.equal(await ask(server.url(), 'SELECT count(*) FROM kept'), String(done + 1));
    }
    assert.equal(server.log.match(/automatic recovery in progress/g)?.length, 2);
  });

  it('sorts text as people do, so that a missing COLLATE "C" is seen', async () => {
    const url = await shared.freshDatabase();
    assert.equal(await ask(url, `SELECT min(x) FROM unnest('{a,B}'::text[]) x`), 'a');
    assert.equal(await ask(url, `SELECT min(x COLLATE "C") FROM unnest('{a,B}'::text[]) x`), 'B');
  });

  it('gives databases that are empty and apart', async () => {
    const [one, other] = await Promise.all([shared.freshDatabase('jobs'), shared.freshDatabase('jobs')]);
    await ask(one, 'CREATE TABLE mine (n int)');
    assert.equal(await ask(other, `SELECT to_regclass('mine') IS NULL`), 'true');
    assert.match(await ask(one, 'SELECT current_database()'), /^jobs_/);
  });

  it('drops a database to which somebody is still connected', async () => {
    const url = await shared.freshDatabase();
    const client = new pg.Client({ connectionString: url });
    const codes: unknown[] = [];
    client.on('error', (error) => codes.push('code' in error ? error.code : undefined));
    const ended = Promise.withResolvers<void>();
    client.once('end', ended.resolve);
    await client.connect();
    await shared.dropDatabase(url);
    await ended.promise;
    assert.equal(codes[0], '57P01'); // admin_shutdown
    await assert.rejects(ask(url, 'SELECT 1'), { code: '3D000' });
  });

  it('serves other processes, whose environment names it', async () => {
    await using server = await startPostgres({ fsync: false });
    const env = { LABKEEP_TEST_POSTGRES_URL: server.url() };
    const theirs = new URL(await runInChild('sharedPostgres().freshDatabase("theirs")', env).firstLine);
    assert.match(theirs.pathname, /^\/theirs_/);
    assert.equal(theirs.port, String(server.port));
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`goes when the process that started it dies by ${signal}`, async () => {
      const child = runInChild(
        'startPostgres().then(({ folder, port }) => (setInterval(() => {}, 1000), JSON.stringify({ folder, port })))',
        {},
      );
      const { folder, port }: { folder: string; port: number } = JSON.parse(await child.firstLine);
      assert.equal(await accepts(port), true);
      child.kill(signal);
      await child.ended;
      for await (const _ of setInterval(20)) if (!existsSync(folder)) break;
      assert.equal(await accepts(port), false);
    });
  }
});

describe('postgresUnavailable', () => {
  const nowhere = { LABKEEP_TEST_POSTGRES_BIN: '/nonexistent' };

  it('says what is missing', () => {
    assert.match(
      postgresUnavailable(nowhere) ?? '',
      /LABKEEP_TEST_POSTGRES_BIN has no initdb: \/nonexistent/,
    );
  });

  it('lets nothing be skipped in CI', () => {
    assert.throws(() => postgresUnavailable({ ...nowhere, CI: 'true' }), /has no initdb/);
  });

  it('asks for no binaries when a server is given', () => {
    assert.equal(postgresUnavailable({ ...nowhere, LABKEEP_TEST_POSTGRES_URL: 'postgres://x' }), undefined);
  });
});

/** The one value that a query answers, as text. */
async function ask(url: string, query: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: query, rowMode: 'array' });
    return String(rows[0]?.[0]);
  } finally {
    await client.end();
  }
}

async function accepts(port: number): Promise<boolean> {
  const outcome = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => outcome.resolve(true));
  socket.once('error', () => outcome.resolve(false));
  const answer = await outcome.promise;
  socket.destroy();
  return answer;
}

/** Evaluates an expression over the harness in a process of its own, which prints what it resolves to. */
function runInChild(expression: string, env: Readonly<Record<string, string>>) {
  const harness = new URL('./postgres.ts', import.meta.url).href;
  const script = `import { sharedPostgres, startPostgres } from ${JSON.stringify(harness)}; console.log(await ${expression});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  return {
    firstLine: once(lines, 'line').then(([line]) => String(line)),
    ended: once(child, 'exit'),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
  };
}
