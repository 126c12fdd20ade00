import assert from 'node:assert/strict';
import type { NewToken } from '../../src/ports/records/tokens.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, project } from './lab.ts';

const root = { principal: 'root' };
const plain: NewToken = {
  id: 'k3',
  secretHash: 'ab'.repeat(32),
  principal: 'bob',
  role: 'manager',
  project: null,
  use: 'token',
  expiresInMs: null,
};

export function tokens(harness: Harness): void {
  const when = casesFor(harness);

  when('a token is found with what is kept of it', async (lab) => {
    const { expiresInMs: _, secretHash, ...given } = plain;
    const record = { ...given, createdAt: lab.clock.now(), expiresAt: null, revokedAt: null };
    assert.deepEqual(await lab.storage.createToken({ by: root, token: plain }), record);
    assert.deepEqual(await lab.storage.findToken({ id: 'k3' }), { ...record, secretHash });
    assert.equal(await lab.storage.findToken({ id: 'no-such' }), null);
  });

  when('a token may be for one project, for a browser, and for a time', async (lab) => {
    const token: NewToken = { ...plain, project, role: 'viewer', use: 'cookie', expiresInMs: 5000 };
    const record = await lab.storage.createToken({ by: root, token });
    assert.deepEqual(
      [record.project, record.role, record.use, record.expiresAt],
      [project, 'viewer', 'cookie', lab.clock.now() + 5000],
    );
    lab.clock.advance(6000);
    assert.notEqual(await lab.storage.findToken({ id: 'k3' }), null, 'whoever asks judges its end');
  });

  when('a token is not made for a project that does not exist', async (lab) => {
    await lab.refuses('project_unknown', () =>
      lab.storage.createToken({ by: root, token: { ...plain, project: 'no-such' } }),
    );
  });

  when('a revoked token stays on record, with the time', async (lab) => {
    await lab.storage.createToken({ by: root, token: plain });
    lab.clock.advance(10);
    const events = await lab.eventsOf(async () => {
      const record = await lab.storage.revokeToken({ by: root, id: 'k3' });
      assert.equal(record.revokedAt, lab.clock.now());
    });
    assert.deepEqual(
      events.map(({ type, actor }) => [type, actor]),
      [['token.revoked', 'root']],
    );
    assert.equal((await lab.storage.findToken({ id: 'k3' }))?.revokedAt, lab.clock.now());
    lab.clock.advance(10);
    await lab.changesNothing(() => lab.storage.revokeToken({ by: root, id: 'k3' }));
  });

  when('a token that does not exist is not revoked', async (lab) => {
    await lab.refuses('token_unknown', () => lab.storage.revokeToken({ by: root, id: 'no-such' }));
  });

  when('tokens are listed page by page, each once, without their secrets', async (lab) => {
    for (const id of ['k1', 'k2', 'k3', 'k4'])
      await lab.storage.createToken({ by: root, token: { ...plain, id } });
    const ids: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page = await lab.storage.listTokens({ limit: 2, ...(after === undefined ? {} : { after }) });
      for (const token of page.items) assert.equal('secretHash' in token, false);
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    assert.deepEqual(ids.sort(), ['k1', 'k2', 'k3', 'k4', 'token-1'], 'with the one of the lab');
  });

  when('the key for short-lived tokens stays the same', async (lab) => {
    const key = await lab.storage.signingKey();
    assert.ok(key.length >= 32);
    assert.equal(await lab.storage.signingKey(), key);
  });

  when('an attempt’s own token stands while it runs under its epoch', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    const node = await lab.worker();
    const [offer] = await node.offers(1);
    assert.ok(offer);
    const stands = { project, number: '1', owner: 'ada' };
    assert.equal(await check(lab, offer), null, 'offered');
    await node.confirm(offer);
    assert.deepEqual(await check(lab, offer), stands);
    assert.equal(await check(lab, { ...offer, epoch: offer.epoch + 1 }), null, 'another epoch');
    assert.equal(await check(lab, { ...offer, jobId: 99 }), null, 'another job');
    await node.claim(0, []);
    assert.equal(await check(lab, offer), null, 'lost');
    await node.renew({ ...offer, fraction: null, text: null, counts: null });
    assert.deepEqual(await check(lab, offer), stands);
    await node.finish(offer, 'succeeded');
    assert.equal(await check(lab, offer), null, 'ended');
  });
}

function check(lab: Lab, { jobId, epoch }: { readonly jobId: number; readonly epoch: number }) {
  return lab.storage.checkAttempt({ jobId, epoch });
}
