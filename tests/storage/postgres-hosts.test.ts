import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeUrl, isStorageUrl } from '../../src/daemon/open-storage.ts';
import { Permits } from '../../src/storage/postgres/permits.ts';
import { hostsOf } from '../../src/storage/postgres/primary.ts';
import { isFault } from './support.ts';

test('an address may name several hosts', () => {
  assert.deepEqual(
    hostsOf('postgres://ada:p%40ss@one,two:5433,[::1]:5434/labkeep?target_session_attrs=read-write'),
    [
      'postgres://ada:p%40ss@one/labkeep',
      'postgres://ada:p%40ss@two:5433/labkeep',
      'postgres://ada:p%40ss@[::1]:5434/labkeep',
    ],
  );
  assert.deepEqual(hostsOf('postgresql://one/labkeep?sslmode=require&target_session_attrs=primary'), [
    'postgresql://one/labkeep?sslmode=require',
  ]);
  assert.deepEqual(hostsOf('postgres:///labkeep?host=/run/postgresql'), [
    'postgres:///labkeep?host=%2Frun%2Fpostgresql',
  ]);
  assert.throws(() => hostsOf('postgres://one/labkeep?target_session_attrs=standby'), isFault('usage'));
});

test('what is said of an address has no password in it', () => {
  const url = 'postgres://ada:secret@one,two:5433/labkeep?sslmode=require';
  assert.ok(isStorageUrl(url));
  assert.equal(describeUrl(url), 'one,two:5433/labkeep');
  assert.equal(describeUrl('postgres:///labkeep'), 'local/labkeep');
});

test('reads beyond the connections wait in order, and are sent away when that takes too long', async () => {
  const permits = new Permits(1, 20);
  const free = Promise.withResolvers<void>();
  const held = permits.use(() => free.promise);
  await assert.rejects(
    permits.use(async () => 'late'),
    isFault('storage_busy'),
  );
  const order: number[] = [];
  const waiting = [1, 2].map((number) => permits.use(async () => order.push(number)));
  free.resolve();
  await Promise.all([held, ...waiting]);
  assert.deepEqual(order, [1, 2]);
  assert.equal(await permits.use(async () => 'again'), 'again');
});
