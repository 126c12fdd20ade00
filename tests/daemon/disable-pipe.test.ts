import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../src/core/faults.ts';
import { openDisablePipe } from '../../src/daemon/disable-pipe.ts';
import { ownerPrincipal } from '../../src/daemon/owner.ts';
import { ServerLab } from '../http/server-lab.ts';

async function opened(t: TestContext) {
  const lab = await ServerLab.open(t);
  await lab.database('embl');
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-pipe-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'pipe');
  const logged: string[] = [];
  const note = (facts: object, message: string): void =>
    void logged.push(`${JSON.stringify(facts)} ${message}`);
  const open = () =>
    openDisablePipe({
      path,
      useCases: lab.useCases,
      caller: { principal: ownerPrincipal() },
      log: { info: note, warn: note, error: note },
    });
  const becomes = async (state: string): Promise<void> => {
    while ((await lab.ok('GET', '/v1/databases/embl')).state !== state) await delay(10);
  };
  const logs = async (what: RegExp): Promise<void> => {
    while (!logged.some((line) => what.test(line))) await delay(10);
  };
  return { lab, path, open, becomes, logs, logged };
}

test('disable closes a bank without grace, enable reopens it', { timeout: 20_000 }, async (t) => {
  const { lab, path, open, becomes } = await opened(t);
  const stop = open();
  assert.ok(lstatSync(path).isFIFO());
  assert.equal(lstatSync(path).mode & 0o777, 0o600);
  await lab.ok('POST', '/v1/locks', { body: { locks: ['embl:shared'] } });
  await appendFile(path, 'disable embl\n');
  await becomes('closed');
  assert.match((await lab.ok('GET', '/v1/databases/embl')).closure.reason, /update/);
  // In pieces, and two at once.
  await appendFile(path, 'enab');
  await appendFile(path, 'le embl\n');
  await becomes('on');
  await appendFile(path, 'disable embl\nenable embl\ndisable embl\n');
  await becomes('closed');
  await stop();
  assert.equal(existsSync(path), false);
});

test('what a stranger writes is logged and has no effect', { timeout: 20_000 }, async (t) => {
  const { lab, path, open, becomes, logs, logged } = await opened(t);
  const stop = open();
  t.after(stop);
  await appendFile(path, 'drop embl\n');
  await logs(/drop embl.*ignored/);
  await appendFile(path, `${'x'.repeat(50_000)}disable embl\n`);
  await appendFile(path, Buffer.from([0, 255, 10, 13, 7, 10]));
  await appendFile(path, 'disable no-such\n');
  await logs(/no-such.*refused/);
  assert.equal((await lab.ok('GET', '/v1/databases/embl')).state, 'on');
  assert.ok(logged.every((line) => line.length < 3_000));
  await appendFile(path, 'enable embl\n');
  await logs(/said enable, which was refused/);
  await appendFile(path, 'disable embl\n');
  await becomes('closed');
});

test('a pipe of another time is used again; what is no pipe is refused', { timeout: 20_000 }, async (t) => {
  const { path, open, becomes } = await opened(t);
  writeFileSync(path, 'precious');
  assert.throws(
    open,
    (error) => error instanceof Fault && error.code === 'usage' && /no named pipe/.test(error.message),
  );
  rmSync(path);
  await open()();
  const { execFileSync } = await import('node:child_process');
  execFileSync('mkfifo', ['-m', '600', path]);
  const stop = open();
  t.after(stop);
  await appendFile(path, 'disable embl\n');
  await becomes('closed');
});
