import assert from 'node:assert/strict';
import type { ServerProfile } from '../../src/ports/records/servers.ts';
import type { Harness } from './harness.ts';
import { allEvents } from './history.ts';
import { casesFor, type Lab } from './lab.ts';

const one: ServerProfile = {
  name: 'node07-1a2b3c',
  url: 'http://node07:4780',
  host: 'node07',
  pid: 100,
  version: '0.1.0',
  state: 'up',
};
const two: ServerProfile = { ...one, name: 'node08-4d5e6f', url: 'http://node08:4780', host: 'node08' };

export function servers(harness: Harness): void {
  const when = casesFor(harness);

  when('servers that register are listed by name, with what they say of themselves', async (lab) => {
    const { leaseMs } = await lab.storage.keepServer({ server: two });
    assert.equal(leaseMs, lab.durations.leaseMs);
    await lab.pass(1_000);
    await lab.storage.keepServer({ server: one });
    const { items, next } = await lab.storage.listServers({ limit: 10 });
    assert.equal(next, null);
    const now = lab.clock.now();
    assert.deepEqual(items, [
      { ...one, startedAt: now, seenAt: now, leaseEndsAt: now + leaseMs },
      { ...two, startedAt: now - 1_000, seenAt: now - 1_000, leaseEndsAt: now - 1_000 + leaseMs },
    ]);
    const first = await lab.storage.listServers({ limit: 1 });
    assert.deepEqual(first.items, items.slice(0, 1));
    const rest = await lab.storage.listServers({ limit: 1, after: first.next ?? '' });
    assert.deepEqual([rest.items, rest.next], [items.slice(1), null]);
  });

  when(
    'a server that is heard of in time stays up; one that is silent is lost, and comes back',
    async (lab) => {
      await lab.storage.keepServer({ server: one });
      await lab.storage.keepServer({ server: two });
      const { startedAt } = await found(lab, one.name);
      await lab.pass(lab.durations.leaseMs / 2);
      await lab.storage.keepServer({ server: one });
      await lab.pass(lab.durations.leaseMs / 2);
      assert.deepEqual(await states(lab), ['up', 'lost']);
      await lab.storage.keepServer({ server: two });
      assert.deepEqual(await states(lab), ['up', 'up']);
      assert.equal((await found(lab, one.name)).startedAt, startedAt, 'a renewal is no start');
      assert.deepEqual(await told(lab), [
        'server.registered',
        'server.registered',
        'server.lost',
        'server.registered',
      ]);
    },
  );

  when('a server that starts again under its name is a new start', async (lab) => {
    await lab.storage.keepServer({ server: one });
    await lab.pass(1_000);
    await lab.storage.keepServer({ server: { ...one, pid: 200, version: '0.2.0' } });
    const { pid, version, startedAt } = await found(lab, one.name);
    assert.deepEqual({ pid, version, startedAt }, { pid: 200, version: '0.2.0', startedAt: lab.clock.now() });
    await lab.storage.removeServer({ name: one.name, pid: 100 });
    assert.deepEqual(await states(lab), ['up'], 'the end of the old process does not remove the new one');
  });

  when('a server that drains says so, once, and is gone when it has stopped', async (lab) => {
    await lab.storage.keepServer({ server: one });
    await lab.storage.keepServer({ server: { ...one, state: 'draining' } });
    await lab.storage.keepServer({ server: { ...one, state: 'draining' } });
    assert.deepEqual(await states(lab), ['draining']);
    await lab.storage.removeServer({ name: one.name, pid: one.pid });
    assert.deepEqual(await states(lab), []);
    assert.deepEqual(await told(lab), ['server.registered', 'server.draining', 'server.stopped']);
    await lab.storage.removeServer({ name: one.name, pid: one.pid });
    assert.equal((await told(lab)).length, 3);
  });

  when('no server is lost for a time in which there was none to sweep', async (lab) => {
    await lab.storage.sweep();
    await lab.storage.keepServer({ server: one });
    lab.clock.advance(10 * lab.durations.leaseMs);
    await lab.storage.sweep();
    assert.deepEqual(await states(lab), ['up']);
  });

  when('a lost server is listed for a day', async (lab) => {
    await lab.storage.keepServer({ server: one });
    await lab.pass(lab.durations.leaseMs);
    assert.deepEqual(await states(lab), ['lost']);
    lab.clock.advance(86_400_001);
    await lab.storage.sweep();
    assert.deepEqual(await states(lab), []);
  });

  when(
    'a restored storage knows no servers of before',
    async (lab) => {
      await lab.storage.keepServer({ server: one });
      await lab.storage.startIncarnation();
      assert.deepEqual(await states(lab), []);
    },
    { trimmed: true },
  );
}

async function states(lab: Lab): Promise<readonly string[]> {
  return (await lab.storage.listServers({ limit: 10 })).items.map(({ state }) => state);
}

async function found(lab: Lab, name: string) {
  const server = (await lab.storage.listServers({ limit: 10 })).items.find((it) => it.name === name);
  assert.ok(server);
  return server;
}

async function told(lab: Lab): Promise<readonly string[]> {
  return (await allEvents(lab.storage)).map(({ type }) => type).filter((type) => type.startsWith('server.'));
}
