/**
 * Every message of those who manage projects, the catalogue, releases, tasks and tokens, harmed in every way, one at a
 * time: what was asked for is there once and whole, and whoever asks again is told the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event, EventType } from '@labkeep/client';
import type { Body, StorageKind } from '../http/server-lab.ts';
import { type Harm, harms, harmText } from './fates.ts';
import { project } from './gather-facts.ts';
import { type Act, acts, begun, built, declareTask, items, leaseMs, releasesThere } from './managing-acts.ts';
import { Scene } from './scene.ts';

const storages: readonly StorageKind[] = ['memory', 'sqlite'];
const isLong = process.env.LABKEEP_TEST_PROTOCOL === 'long';
const cases = Object.entries(acts).flatMap(([name, act]) =>
  harms.map((harm) => ({ act, harm, title: `${name}: ${harmText(harm)}` })),
);
const lanes = 4;

for (const storage of storages)
  test(`${storage}: whatever becomes of one message of who manages, what was asked for is there once`, async (t) => {
    // In the short form every fifth, which are others on each storage; so each harm is tried, and each message.
    const mine = cases.filter((_, index) => isLong || index % 5 === storages.indexOf(storage));
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const scene = await Scene.open(t, { storage, durations: { leaseMs } });
        for (const [index, it] of mine.entries())
          if (index % lanes === lane) await tryOne(scene, `n-${index}`, it);
      }),
    );
  });

async function tryOne(
  scene: Scene,
  name: string,
  { act, harm, title }: { readonly act: Act; readonly harm: Harm; readonly title: string },
): Promise<void> {
  const given = { name, epoch: 0, id: '', ...(await act.given?.(scene, name)) };
  const since = await lastCursor(scene);
  const done = async (): Promise<unknown> => [await act.there(scene, given), await toldSince(scene, since)];
  const harmed = scene.arm(act.message, harm);
  const answer = await act.act(scene, given);
  await harmed;
  assert.deepEqual(await done(), [act.once, act.told], title);
  // What the network kept and delivers when all is over changes nothing either, and is answered as before.
  const late = scene.proxy.last(act.message);
  assert.ok(late);
  const again = bodyOf(await scene.proxy.again(late));
  if (act.refused === undefined) assert.deepEqual(again, answer ?? null, title);
  else assert.equal(again.code, act.refused, title);
  assert.deepEqual(await done(), [act.once, act.told], `${title}; once more when all was over`);
}

for (const storage of storages)
  test(`${storage}: messages of who manages that come once more when all has moved on change nothing`, async (t) => {
    const scene = await Scene.open(t, { storage, durations: { leaseMs } });
    const { client, server, proxy } = scene;
    const kept: { readonly name: string; readonly request: Buffer; readonly answer: Buffer }[] = [];
    scene.harm = ({ name, request }, answer) => {
      if (answer !== null) kept.push({ name, request, answer });
      return null;
    };
    await client.projects.create({ name: 'gone' });
    await client.projects.update('gone', { title: 'before' });
    await client.projects.update('gone', { title: 'after' });
    await client.templates.save('gone', 't', { command: ['before'] });
    await client.templates.save('gone', 't', { command: ['after'] });
    await client.projects.remove('gone');
    await client.directories.save(null, 'here', '/before');
    await client.directories.save(null, 'here', '/after');
    await client.databases.add({ name: 'nr', kind: 'files' });
    await client.databases.turnOff('nr');
    await client.databases.turnOn('nr');
    const { epoch, ...build } = await client.locks.acquire({ locks: ['nr/build:exclusive'], leaseMs });
    assert.ok(epoch !== null);
    for (const release of ['a', 'b', 'c']) {
      await client.releases.begin('nr', begun(release, epoch));
      await client.releases.publish('nr', release, built(epoch));
      await client.releases.pin('nr', release);
    }
    await client.releases.begin('nr', begun('dropped', epoch));
    await client.releases.drop('nr', 'dropped', epoch);
    await client.databases.update('nr', { release: 'b' });
    await client.databases.update('nr', { release: 'c' });
    await client.releases.unpin('nr', 'a');
    await client.releases.markGoing('nr');
    await client.releases.markGone('nr', 'a');
    await client.locks.release([{ lock: build.lock, epoch }]);
    const { id } = await client.tokens.create({ name: 'ada', role: 'viewer' });
    await client.tokens.revoke(id);
    await declareTask(scene, 'measure');
    const { ref } = await client.tasks.run('measure', { project });
    await client.jobs.act(ref, 'cancel');

    const nr = { name: 'nr', epoch, id };
    assert.deepEqual(await releasesThere(scene, nr), [
      'c',
      'c current, pinned, 2',
      'b kept, pinned, 2',
      'a gone, 2',
    ]);
    const [since, all] = [await lastCursor(scene), [...kept]];
    assert.ok(all.length > 30);
    const paths = ['projects', 'databases', 'databases/nr/releases', 'directories', 'tokens', 'locks'];
    const record = (): Promise<unknown> =>
      Promise.all([
        ...paths.map((path) => items(scene, `/v1/${path}`)),
        items(scene, `/v1/projects/${project}/jobs`),
      ]);
    const before = await record();
    for (const { name, request, answer } of all) {
      const again = bodyOf(await proxy.again(request));
      if (name === 'POST /v1/tokens') assert.equal(again.code, 'token_shown_once');
      else assert.deepEqual(again, bodyOf(answer), name);
      assert.deepEqual(await record(), before, name);
    }
    assert.deepEqual(await toldSince(scene, since), []);
    assert.equal((await server.call('GET', '/v1/projects/gone')).body.code, 'project_unknown');
  });

async function lastCursor({ server }: Scene): Promise<string> {
  return (await server.ok('GET', '/v1/events?limit=1000')).next;
}

async function toldSince({ server }: Scene, cursor: string): Promise<readonly EventType[]> {
  const { items: events } = await server.ok('GET', `/v1/events?limit=1000&after=${cursor}`);
  return events.map(({ type }: Event) => type);
}

/** What an answer of the server says; null for one that says nothing. */
function bodyOf(answer: Buffer): Body {
  const text = answer.toString('utf8', answer.indexOf('\r\n\r\n') + 4);
  return text === '' ? null : JSON.parse(text);
}
