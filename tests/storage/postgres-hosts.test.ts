import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { describeUrl, isStorageUrl } from '../../src/daemon/open-storage.ts';
import { openPool } from '../../src/storage/postgres/connection.ts';
import { isConnectionLoss } from '../../src/storage/postgres/faults.ts';
import { Notices } from '../../src/storage/postgres/notices.ts';
import { Permits } from '../../src/storage/postgres/permits.ts';
import { hostsOf, Primary } from '../../src/storage/postgres/primary.ts';
import { heardTroubles } from '../support/heard-troubles.ts';
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

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => Buffer.concat([int16(value >>> 16), int16(value & 0xffff)]);
const text = (value: string): Buffer => Buffer.from(`${value}\0`);

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

const welcome = Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))]);
const columns = ['standby', 'reads_only', 'timeline'].map((name) =>
  Buffer.concat([text(name), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
);
const cells = ['f', 'f', '1'].map((cell) => Buffer.concat([int32(1), Buffer.from(cell)]));
const isPrimary = Buffer.concat([
  message('T', int16(3), ...columns),
  message('D', int16(3), ...cells),
  message('C', text('SELECT 1')),
  message('Z', Buffer.from('I')),
]);

/** Stands still once there is a connection. */
function welcomes(socket: Socket): void {
  socket.once('data', () => socket.write(welcome));
}

/** Answers as PostgreSQL does, but never ends a connection: it stands still once it has answered. */
function standsStill(socket: Socket): void {
  socket.once('data', () => {
    socket.write(welcome);
    socket.once('data', () => socket.write(isPrimary));
  });
}

/** The address of a database that treats its connections so. */
async function listening(t: TestContext, treat: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => undefined));
    treat(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a host that stands still once it has answered holds up nobody', async (t) => {
  const host = await listening(t, standsStill);
  const primary = new Primary(`postgres://ada@${host}/labkeep`);
  await primary.find();
  assert.equal(primary.url, `postgres://ada@${host}/labkeep`);
});

test('a connection to a host that stands still is given up', async (t) => {
  const url = `postgres://ada@${await listening(t, welcomes)}/labkeep`;
  const primary = new Primary(url);
  const pool = openPool(primary, 1, undefined);
  await assert.rejects(pool.connect(), isConnectionLoss);
  await pool.end();
});

test('a server starts without hints where their address does not answer', async (t) => {
  const host = await listening(t, () => undefined);
  const { failures, ...troubles } = heardTroubles();
  const hints = new Primary(`postgres://ada@${host}/labkeep`);
  const notices = new Notices(hints, { self: 'one', troubles, apart: true });
  await notices.open();
  await notices.close();
  assert.equal(failures.length, 1);
});
