/** `npm run two-nodes`, as a person would use it. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { postgresUnavailable } from '../support/postgres.ts';

const skip = postgresUnavailable() ?? false;

/** What is said until the next prompt. */
async function said(terminal: ChildProcessWithoutNullStreams): Promise<string> {
  let text = '';
  while (!/(^|\n)> $/.test(text)) text += String((await once(terminal.stdout, 'data'))[0]);
  return text;
}

async function isReached(port: string | undefined): Promise<boolean> {
  const socket = connect(Number(port), '127.0.0.1');
  return once(socket, 'connect').then(
    () => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}

test('a primary and its standby are set up, killed, promoted and taken away as they are told', {
  skip,
}, async (t) => {
  const terminal = spawn(process.execPath, ['--conditions=labkeep-source', 'scripts/two-nodes.ts']);
  t.after(() => terminal.exitCode ?? terminal.kill('SIGINT'));
  terminal.stderr.pipe(process.stderr);
  const obey = (command: string): Promise<string> => {
    const answer = said(terminal);
    terminal.stdin.write(`${command}\n`);
    return answer;
  };

  const ports = (await said(terminal)).match(/(?<=--storage 'postgres:.*@.*:)\d+(?=[,/].*')/g) ?? [];
  assert.deepEqual(await Promise.all(ports.map(isReached)), [true, true]);
  assert.match(await obey('show'), /first .* takes writes\nsecond .* a standby\n/);
  await obey('kill');
  assert.match(await obey('show'), /first .* down\nsecond .* a standby\n/);
  await obey('promote');
  assert.match(await obey('show'), /first .* down\nsecond .* takes writes\n/);
  await obey('back');
  assert.match(await obey('show'), /first .* takes writes\nsecond .* takes writes\n/);
  assert.match(await obey('what'), /^Commands:/);

  terminal.stdin.write('end\n');
  await once(terminal, 'close');
  assert.equal(terminal.exitCode, 0);
  assert.deepEqual(await Promise.all(ports.map(isReached)), [false, false]);
});
