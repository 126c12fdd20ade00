/** Closing on two servers with one PostgreSQL, some of which are killed: what was closed stays closed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { exists, startServers, stopAll, tokenOf } from '../crash-loop/servers.ts';
import { postgresUnavailable, startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { Wire } from './wire.ts';

test('a closure that two raced for stands, whichever server is killed, until it is reopened', {
  skip: postgresUnavailable() ?? false,
  timeout: 240_000,
}, async () => {
  await using ended = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-closing-'));
  ended.defer(() => rmSync(folder, { recursive: true, force: true }));
  const postgres = await startPostgres({ fsync: false });
  ended.defer(() => postgres.stop());
  const servers = await startServers(folder, postgres.url(), { sweepMs: 200 });
  ended.defer(async () => void (await stopAll(servers.map(({ process }) => process))));
  const [one, two] = servers;
  assert.ok(one !== undefined && two !== undefined);
  for (const { data } of servers) await until('the server listens', () => exists(join(data, 'server.json')));
  const [first, second] = [new Wire([one.url], tokenOf(one)), new Wire([two.url], tokenOf(one))];
  const state = async (wire: Wire): Promise<string> =>
    (await wire.call('GET', '/v1/databases/embl'))?.body.state;

  await first.call('POST', '/v1/databases', { name: 'embl', kind: 'external' });
  const opened = await first.call('POST', '/v1/sessions', {
    name: 'reader',
    databases: ['embl'],
    leaseMs: 600_000,
  });
  const { session } = opened?.body ?? {};
  const held = await first.call('POST', '/v1/locks', { session, locks: ['embl:shared'] });
  assert.equal(held?.body.state, 'granted');

  // Whoever looks, at whichever server and moment, sees a closure that holds, one that waits, or none.
  const watched = new AbortController();
  const seenStates = new Set<string>();
  const watching = [first, second].map(async (wire) => {
    for (; !watched.signal.aborted; await delay(5)) {
      const body = (await wire.call('GET', '/v1/databases/embl'))?.body;
      if (body?.state === undefined) continue;
      const epoch = body.closure === null ? 'no closure' : body.closure.epoch === null ? 'waits' : 'holds';
      seenStates.add(`${body.state}: ${epoch}`);
    }
  });
  ended.defer(async () => {
    watched.abort();
    await Promise.all(watching);
  });
  const writer = second.call('POST', '/v1/locks', { locks: ['embl/part:exclusive'], wait: true });
  const requests = async (): Promise<number> => (await first.call('GET', '/v1/locks'))?.body.items.length;
  while ((await requests()) < 2) await delay(20);

  const close = (wire: Wire) =>
    wire.call('POST', '/v1/databases/embl/close', { reason: 'release 145', graceMs: 600_000 });
  const answers = await Promise.all([close(first), close(second)]);
  const codes = answers
    .map((answer) => (answer?.status === 200 ? answer.body.state : answer?.body.code))
    .sort();
  assert.deepEqual(codes, ['closing', 'database_closed'], 'one of the two closed it');
  const lock = answers.find((answer) => answer?.status === 200)?.body.closure.lock;

  assert.ok(one.process.kill(0));
  assert.equal(await state(second), 'closing', 'the reader is waited for');
  const released = await second.call('DELETE', `/v1/sessions/${session}`);
  assert.equal(released?.status, 200);
  const written = await writer;
  assert.equal(written?.body.state, 'granted', 'who waited before it was closed comes first');
  assert.equal(await state(second), 'closing', 'the writer is waited for');
  const { lock: part, epoch: partEpoch } = written?.body ?? {};
  await second.call('POST', '/v1/locks/release', { locks: [{ lock: part, epoch: partEpoch }] });
  assert.equal(await state(second), 'closed', 'the last has gone');
  const late = await second.call('POST', '/v1/sessions', { name: 'late', databases: ['embl'] });
  assert.equal(late?.body.code, 'database_closed');

  await until('it is up again', () => one.process.isUp);
  assert.equal(await state(first), 'closed', 'the server that was killed finds it as it is');
  assert.ok(two.process.kill(0));
  const seen = await first.call('GET', '/v1/databases/embl');
  assert.deepEqual([seen?.body.state, seen?.body.closure.lock], ['closed', lock]);
  const { epoch } = seen?.body.closure ?? {};
  const check = { path: 'embl/part', mode: 'exclusive', epoch };
  assert.equal((await first.call('POST', '/v1/locks/check', check))?.body.held, true);
  await first.call('POST', '/v1/databases/embl/reopen', { release: '145' });
  assert.equal((await first.call('POST', '/v1/locks/check', check))?.body.held, false);
  const both = await Promise.all([first, second].map((wire) => wire.call('GET', '/v1/databases/embl')));
  for (const answer of both) assert.deepEqual([answer?.body.state, answer?.body.release], ['on', '145']);
  watched.abort();
  await Promise.all(watching);
  assert.deepEqual([...seenStates].sort(), ['closed: holds', 'closing: waits', 'on: no closure']);
});
