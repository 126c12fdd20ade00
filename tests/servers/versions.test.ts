/** Workers and servers of three versions: neighbours work together, others are refused, say so, and go on asking. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepClient, LabkeepError } from '@labkeep/client';
import { Home, program } from '../cli/support/labkeep.ts';
import { freePort } from '../support/free-port.ts';
import { makeVersion } from './another-version.ts';

const home = new Home();
const started: Started[] = [];
after(async () => {
  await Promise.all(started.map((it) => it.stop('SIGKILL')));
  await home.clean();
});

class Started {
  said = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    this.#child = spawn(command, args, { cwd: home.folder, env: home.env(env), stdio: [...stdio] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
    });
    this.#ended = once(this.#child, 'close');
    started.push(this);
  }

  async says(what: string): Promise<void> {
    while (!this.said.includes(what)) await this.lives();
  }

  /** For a moment, without ending. */
  async lives(): Promise<void> {
    assert.equal(this.#child.exitCode, null, this.said);
    await delay(50);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

test('a worker of another version works, or is refused and says so; when the older side is upgraded it goes on', {
  timeout: 240_000,
}, async () => {
  const next = makeVersion(home.path('next'), { version: '0.2.0', protocol: { oldest: 1, newest: 2 } });
  const later = makeVersion(home.path('later'), { version: '0.3.0', protocol: { oldest: 2, newest: 2 } });
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const data = home.path('data');
  const token = (): string => readFileSync(home.path('data', 'token'), 'utf8').trim();
  const serve = async (command: string): Promise<Started> => {
    const server = new Started(command, ['up', '--no-worker', '--data', data, '--listen', listen]);
    while (!(await isUp(url))) await server.lives();
    return server;
  };
  const work = (command: string, name: string): Started =>
    new Started(command, ['worker', '--name', name, '--folder', home.path(name), '--slots', '1'], {
      LABKEEP_SERVER: url,
      LABKEEP_TOKEN: token(),
    });
  const client = (): LabkeepClient => new LabkeepClient({ url, token: token() });
  const workers = async (): Promise<readonly string[]> =>
    (await client().workers.list()).items.map(({ name }) => name).sort();
  const runs = async (): Promise<void> => {
    const { ref } = await client().jobs.submit('toxd', { command: ['true'] });
    while ((await client().jobs.get(ref)).state !== 'succeeded') await delay(50);
  };

  const first = await serve(program);
  await client().projects.create({ name: 'toxd' });
  const newer = work(next, 'newer');
  await newer.says('protocol_unsupported');
  assert.deepEqual(await workers(), [], 'the older server does not take the newer worker');

  await first.stop();
  const second = await serve(next);
  await runs();
  assert.deepEqual(await workers(), ['newer'], 'it goes on when the server is upgraded');
  const older = work(program, 'older');
  while ((await workers()).length < 2) await delay(50);
  await newer.stop();
  await runs();

  await second.stop();
  await serve(later);
  await older.says('protocol_unsupported');
  const again = work(next, 'newer');
  await runs();
  assert.doesNotMatch(again.said, /protocol_unsupported/);
});

async function isUp(url: string): Promise<boolean> {
  try {
    await new LabkeepClient({ url, retry: { forMs: 0 } }).health();
    return true;
  } catch (error) {
    if (error instanceof LabkeepError) return false;
    throw error;
  }
}
