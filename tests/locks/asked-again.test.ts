import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../src/app/caller.ts';
import { createUseCases } from '../../src/app/use-cases.ts';
import { Fault } from '../../src/core/faults.ts';
import { jsonSchemas } from '../../src/daemon/json-schemas.ts';
import { nodeSecrets } from '../../src/daemon/secrets.ts';
import { openMemory } from '../../src/storage/memory/open.ts';
import { FakeChance, FakeClock } from '../conformance/harness.ts';

test('locks that were granted just when the storage fell silent are held by whoever asks again', async () => {
  const clock = new FakeClock();
  const chance = new FakeChance();
  const storage = openMemory({ clock, chance });
  let isSilent = true;
  const useCases = createUseCases({
    storage: {
      ...storage,
      acquireLocks: async (params) => {
        const granted = await storage.acquireLocks(params);
        if (!isSilent) return granted;
        isSilent = false;
        throw new Fault('storage_unavailable');
      },
    },
    clock,
    chance,
    secrets: nodeSecrets,
    schemas: jsonSchemas(),
    timers: { after: () => () => undefined },
  });
  const ada: Caller = {
    principal: { name: 'ada', grants: [{ role: 'admin', project: null }], attempt: null },
  };
  const asks = (): Caller => ({ ...ada, idempotency: { route: 'locks', key: 'k', digest: 'd' } });
  await useCases.addDatabase(ada, { name: 'embl', kind: 'external' });

  const request = { locks: [{ path: 'embl', mode: 'exclusive' as const }], wait: false };
  await assert.rejects(
    useCases.acquireLocks(asks(), request),
    (error) => error instanceof Fault && error.code === 'storage_unavailable',
  );
  const { state, ticket } = await useCases.acquireLocks(asks(), request);

  assert.equal(state, 'granted');
  assert.equal((await storage.getLock({ ticket })).state, 'granted');
  await useCases.stop();
});
