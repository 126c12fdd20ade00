/**
 * Every message that takes, keeps, changes or gives a lock, harmed in every way, one at a time: it is done once, and when
 * the network delivers it once more after all was over, what others hold by then stays theirs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Event, Lock, Session } from '@labkeep/client';
import type { StorageKind } from '../http/server-lab.ts';
import { Wire } from '../locks/wire.ts';
import { type Harm, harms, harmText } from './fates.ts';
import { limits, Scene } from './scene.ts';

const storages: readonly StorageKind[] = ['memory', 'sqlite'];
const isLong = process.env.LABKEEP_TEST_PROTOCOL === 'long';
/** Longer than all that is swallowed: nothing is lost by time here. */
const leaseMs = 60_000;

/** What a case has for itself: a database of its own, a session, and a lock in it where the case begins with one. */
interface Given {
  readonly name: string;
  readonly session: string;
  readonly lock: { readonly lock: string; readonly epoch: number };
}

interface Act {
  /** The message that is harmed. */
  readonly message: string;
  /** The mode of the lock that is there before. */
  readonly holds?: 'shared' | 'exclusive';
  readonly act: (scene: Scene, given: Given, harmed: Promise<void>) => Promise<unknown>;
  /** How often it was done, by what is there afterwards. */
  readonly done: (scene: Scene, given: Given) => Promise<number>;
}

const locksOn = async ({ server }: Scene, name: string): Promise<readonly Lock[]> =>
  (await server.ok('GET', `/v1/locks?limit=1000&path=${name}`)).items;
const granted = async (scene: Scene, { name, session }: Given, mode: string): Promise<number> =>
  (await locksOn(scene, name)).filter(
    ({ state, locks, holder }) =>
      state === 'granted' && holder.session === session && locks[0]?.mode === mode,
  ).length;
const sessionsNamed = async ({ server }: Scene, name: string): Promise<readonly Session[]> => {
  const { items } = await server.ok('GET', '/v1/sessions?limit=1000&ended=true');
  return items.filter((it: Session) => it.name === name);
};
const sessionOf = ({ server }: Scene, { session }: Given): Promise<Session> =>
  server.ok('GET', `/v1/sessions/${session}`);
const eventsOf = async ({ server }: Scene, type: string, name: string): Promise<number> => {
  const { items } = await server.ok('GET', '/v1/events?limit=1000');
  return items.filter((it: Event) => it.type === type && it.database === name).length;
};

const acts: Readonly<Record<string, Act>> = {
  'open a session': {
    message: 'POST /v1/sessions',
    act: ({ client }, { name }) => client.sessions.open({ name: `${name}, again`, leaseMs }),
    done: async (scene, { name }) => (await sessionsNamed(scene, `${name}, again`)).length,
  },
  'renew a session': {
    message: 'POST /session/renew',
    act: ({ client }, { session }) => client.sessions.renew(session),
    done: async (scene, given) => Number((await sessionOf(scene, given)).ended === null),
  },
  'open a database in a session': {
    message: 'POST /session/databases',
    act: ({ client }, { session, name }) => client.sessions.databases(session, { open: [name] }),
    done: async (scene, given) => (await sessionOf(scene, given)).databases.length,
  },
  'end a session': {
    message: 'DELETE /session',
    holds: 'exclusive',
    act: ({ client }, { session }) => client.sessions.end(session),
    done: async (scene, given) =>
      Number(
        (await sessionOf(scene, given)).ended !== null && (await locksOn(scene, given.name)).length === 0,
      ),
  },
  'acquire a lock': {
    message: 'POST /v1/locks',
    act: async ({ client }, { session, name }) => {
      const { state } = await client.locks.acquire({ session, locks: [`${name}:exclusive`] });
      assert.equal(state, 'granted');
    },
    done: async (scene, { name }) => (await locksOn(scene, name)).length,
  },
  'acquire a lock without a session': {
    message: 'POST /v1/locks',
    act: ({ client }, { name }) => client.locks.acquire({ locks: [`${name}:exclusive`], name, leaseMs }),
    done: async (scene, { name }) =>
      Math.max((await locksOn(scene, name)).length, (await sessionsNamed(scene, name)).length - 1),
  },
  'acquire a lock that another has': {
    message: 'POST /v1/locks',
    act: async (scene, { session, name }, harmed) => {
      const other = await holder(scene, name);
      const wire = new Wire([scene.url], scene.token, { tryMs: limits.callMs });
      const asked = wire.call('POST', '/v1/locks', { session, locks: [`${name}:exclusive`], wait: true });
      await waiting(scene, name);
      await scene.server.ok('POST', '/v1/locks/release', { body: { locks: [other] } });
      await harmed;
      assert.equal((await asked)?.body.state, 'granted');
    },
    done: async (scene, { name }) => (await locksOn(scene, name)).length,
  },
  'hear that a lock was granted': {
    message: 'GET /lock',
    act: async (scene, { session, name }, harmed) => {
      const other = await holder(scene, name);
      const body = { session, locks: [`${name}:exclusive`], wait: 60_000 };
      void scene.server.call('POST', '/v1/locks', { body });
      await waiting(scene, name);
      const [, mine] = await locksOn(scene, name);
      const wire = new Wire([scene.url], scene.token, { tryMs: limits.callMs });
      const asked = wire.call('GET', `/v1/locks/${mine?.lock}?waitMs=20000`);
      await scene.server.ok('POST', '/v1/locks/release', { body: { locks: [other] } });
      await harmed;
      assert.equal((await asked)?.body.state, 'granted');
    },
    done: async (scene, { name }) => (await locksOn(scene, name)).length,
  },
  'renew a lock': {
    message: 'POST /v1/locks/renew',
    holds: 'exclusive',
    act: async ({ client }, { lock }) => assert.deepEqual((await client.locks.renew([lock])).lost, []),
    done: (scene, given) => granted(scene, given, 'exclusive'),
  },
  'release a lock': {
    message: 'POST /v1/locks/release',
    holds: 'exclusive',
    act: async ({ client }, { lock }) => {
      const { results } = await client.locks.release([lock]);
      assert.deepEqual(results, [{ lock: lock.lock, released: true, code: null }]);
    },
    done: async (scene, { name }) => 1 - (await locksOn(scene, name)).length,
  },
  'make a lock weaker': {
    message: 'POST /v1/locks/change',
    holds: 'exclusive',
    act: ({ client }, { lock, name }) => client.locks.change({ ...lock, path: name, mode: 'shared' }),
    done: (scene, given) => granted(scene, given, 'shared'),
  },
  'make a lock stronger': {
    message: 'POST /v1/locks/change',
    holds: 'shared',
    act: async ({ client }, { lock, name }) => {
      const { epoch } = await client.locks.change({ ...lock, path: name, mode: 'exclusive' });
      const { held } = await client.locks.check({ path: name, mode: 'exclusive', epoch: epoch ?? 0 });
      assert.ok(held, 'the epoch that was answered is the one that counts');
    },
    done: (scene, given) => granted(scene, given, 'exclusive'),
  },
  'check a lock': {
    message: 'POST /v1/locks/check',
    holds: 'exclusive',
    act: async ({ client }, { lock: { epoch }, name }) =>
      assert.deepEqual(await client.locks.check({ path: name, mode: 'exclusive', epoch }), { held: true }),
    done: (scene, given) => granted(scene, given, 'exclusive'),
  },
  'break a lock': {
    message: 'POST /v1/locks/break',
    holds: 'exclusive',
    act: ({ client }, { lock: { lock } }) => client.locks.break(lock),
    done: async (scene, { name }) => 1 - (await locksOn(scene, name)).length,
  },
  'close a database': {
    message: 'POST /database/close',
    act: ({ client }, { name }) => client.databases.close(name, { reason: 'update' }),
    done: (scene, { name }) => eventsOf(scene, 'database.closing', name),
  },
  'open a closed database again': {
    message: 'POST /database/reopen',
    act: async (scene, { name }) => {
      await scene.server.ok('POST', `/v1/databases/${name}/close`, { body: {} });
      await scene.client.databases.reopen(name);
    },
    done: (scene, { name }) => eventsOf(scene, 'database.reopened', name),
  },
};

const cases = Object.entries(acts).flatMap(([name, act]) =>
  harms.map((harm) => ({ act, harm, title: `${name}: ${harmText(harm)}` })),
);
const lanes = 4;

for (const storage of storages) {
  test(`${storage}: whatever becomes of one message about a lock, it is done once`, async (t) => {
    // In the short form every fifth, which are others on each storage; so each harm is tried, and each message.
    const mine = cases.filter((_, index) => isLong || index % 5 === storages.indexOf(storage));
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const scene = await Scene.open(t, { storage });
        for (const [index, it] of mine.entries())
          if (index % lanes === lane) await tryOne(scene, `db-${index}`, it);
      }),
    );
  });

  test(`${storage}: messages about a lock of before that come once more take nothing from who has it now`, async (t) => {
    const scene = await Scene.open(t, { storage });
    const { client, proxy, server } = scene;
    const verbs = [
      ...['POST /v1/sessions', 'POST /v1/locks', 'POST /v1/locks/change', 'POST /v1/locks/renew'],
      ...['POST /v1/locks/release', 'DELETE /session'],
    ];
    await server.ok('POST', '/v1/databases', { body: { name: 'embl', kind: 'external' } });
    const { session } = await client.sessions.open({ name: 'first', leaseMs });
    const first = await client.locks.acquire({ session, locks: ['embl:exclusive'] });
    const weaker = { lock: first.lock, epoch: first.epoch ?? 0, path: 'embl', mode: 'shared' } as const;
    await client.locks.change(weaker);
    const stronger = await client.locks.change({ ...weaker, mode: 'exclusive' });
    const claimed = { lock: first.lock, epoch: stronger.epoch ?? 0 };
    await client.locks.renew([claimed]);
    await client.locks.release([claimed]);

    // The same session has it anew: what was said of the grant before does not count for this one.
    const kept = new Map(verbs.map((name) => [name, proxy.last(name)]));
    const again = await server.ok('POST', '/v1/locks', { body: { session, locks: ['embl:exclusive'] } });
    await replay(scene, kept, verbs.slice(0, -1), again);
    const { results } = await client.locks.release([claimed]);
    assert.deepEqual(results, [{ lock: claimed.lock, released: false, code: 'lock_unknown' }]);

    await client.sessions.end(session);
    kept.set('DELETE /session', proxy.last('DELETE /session'));
    const other = await server.ok('POST', '/v1/locks', { body: { locks: ['embl:exclusive'], leaseMs } });
    await replay(scene, kept, verbs, other);
    assert.equal((await sessionsNamed(scene, 'first')).length, 1);
  });

  test(`${storage}: when nothing comes through, who holds a lock is told before its lease ends, and another gets it then`, {
    skip: storage === 'memory' || isLong ? false : 'in the long form only',
  }, async (t) => {
    const scene = await Scene.open(t, { storage });
    const { client, server } = scene;
    await server.ok('POST', '/v1/databases', { body: { name: 'embl', kind: 'external' } });
    const happened: string[] = [];
    const held = Promise.withResolvers<void>();
    const first = client.locks.hold(
      ['embl:exclusive'],
      async ({ signal }) => {
        const told = Promise.withResolvers<void>();
        signal.addEventListener('abort', () => told.resolve(), { once: true });
        held.resolve();
        await told.promise;
        happened.push('told');
      },
      { leaseMs: 3_000 },
    );
    await held.promise;
    const body = { locks: ['embl:exclusive'], wait: 60_000, leaseMs };
    const second = server.ok('POST', '/v1/locks', { body }).then((lock: Lock) => {
      happened.push('granted');
      return lock;
    });
    await waiting(scene, 'embl');
    scene.harm = (_, answer) => (answer === null ? { side: 'request', fate: 'swallowed' } : null);
    const [{ lock, leaseEndsAt }] = (await locksOn(scene, 'embl')) as [Lock];
    await assert.rejects(first, { code: 'lock_lost' });
    const next = await second;
    assert.deepEqual(happened, ['told', 'granted']);
    assert.ok(
      Date.parse(next.grantedAt ?? '') >= Date.parse(leaseEndsAt ?? ''),
      'not before its lease was over',
    );
    scene.harm = () => null;
    const { lost } = await client.locks.renew([{ lock, epoch: 0 }]);
    assert.deepEqual(lost, [lock], 'and who comes back hears that it is lost');
    assert.deepEqual(
      (await locksOn(scene, 'embl')).map((it) => it.lock),
      [next.lock],
    );
  });
}

/** Each comes once more; whoever has the lock by then has it still, alone, and with its epoch. */
async function replay(
  scene: Scene,
  kept: ReadonlyMap<string, Buffer | undefined>,
  verbs: readonly string[],
  { lock, epoch }: Lock,
): Promise<void> {
  for (const verb of verbs) {
    const request = kept.get(verb);
    assert.ok(request, verb);
    await scene.proxy.again(request);
    const holders = (await locksOn(scene, 'embl')).map((it) => [it.lock, it.state, it.epoch]);
    assert.deepEqual(holders, [[lock, 'granted', epoch]], verb);
  }
}

async function tryOne(
  scene: Scene,
  name: string,
  { act, harm, title }: { readonly act: Act; readonly harm: Harm; readonly title: string },
): Promise<void> {
  const { server } = scene;
  await server.ok('POST', '/v1/databases', { body: { name, kind: 'external' } });
  const { session } = await server.ok('POST', '/v1/sessions', { body: { name, leaseMs } });
  const lock =
    act.holds === undefined
      ? { lock: '', epoch: 0 }
      : await server.ok('POST', '/v1/locks', { body: { session, locks: [`${name}:${act.holds}`] } });
  const given = { name, session, lock: { lock: lock.lock, epoch: lock.epoch } };
  const harmed = scene.arm(act.message, harm);
  await act.act(scene, given, harmed);
  await harmed;
  assert.equal(await act.done(scene, given), 1, title);
  // What the network kept and delivers when all is over changes nothing either.
  const late = scene.proxy.last(act.message);
  assert.ok(late);
  await scene.proxy.again(late);
  assert.equal(await act.done(scene, given), 1, `${title}; once more when all was over`);
}

/** Somebody else who has it. */
async function holder({ server }: Scene, name: string): Promise<Given['lock']> {
  const { lock, epoch } = await server.ok('POST', '/v1/locks', {
    body: { locks: [`${name}:exclusive`], leaseMs },
  });
  return { lock, epoch };
}

/** Until a second request stands in the line. */
async function waiting(scene: Scene, name: string): Promise<void> {
  while ((await locksOn(scene, name)).length < 2) await delay(5);
}
