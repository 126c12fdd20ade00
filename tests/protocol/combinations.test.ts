/**
 * Harm of every kind at once, by a seed: workers that come and go, jobs of every policy, clients that submit and cancel. When
 * the network is well again all comes to its end, and the judge looks at everything that happened.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededChance } from '../crash-loop/chance.ts';
import type { StorageKind } from '../http/server-lab.ts';
import { harms } from './fates.ts';
import { project } from './gather-facts.ts';
import { Scene } from './scene.ts';

const storages: readonly StorageKind[] = ['memory', 'sqlite'];
const seeds = Number(process.env.LABKEEP_TEST_PROTOCOL_SEEDS ?? 1);
const firstSeed = Number(process.env.LABKEEP_TEST_PROTOCOL_SEED ?? 1);
const jobsOfSeed = process.env.LABKEEP_TEST_PROTOCOL_SEEDS === undefined ? 12 : 24;
/** Of a hundred messages, so many are harmed. */
const harmed = 15;

for (const storage of storages)
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++)
    test(`${storage}: harm at random, seed ${seed}`, { timeout: 110_000 }, async (t) => {
      const chance = new SeededChance(seed);
      // Short enough that some leases are lost while messages are.
      const scene = await Scene.open(t, { storage, durations: { leaseMs: 2_500, offerMs: 1_000 } });
      scene.work = async (_, signal) => pause(chance.between(0, 120), signal);
      scene.harm = (_, answer) => {
        if (chance.between(1, 200) > harmed) return null;
        const harm = chance.oneOf(harms.filter(({ side }) => (side === 'request') === (answer === null)));
        return harm ?? null;
      };
      await scene.worker('node07', { capacity: 2 });
      const again = await scene.worker('node08', { capacity: 2 });
      const refs: string[] = [];
      for (let index = 0; index < jobsOfSeed; index++) {
        const onLost = chance.oneOf(['retry', 'fail', 'ask'] as const) ?? 'retry';
        const title = `job ${index}`;
        const retry = { max: 3, delayMs: 0 };
        const { ref } = await scene.client.jobs.submit(project, { task: 'note', title, onLost, retry });
        scene.acknowledged.push(title);
        refs.push(ref);
        if (index % 8 === 7) await scene.client.jobs.act(ref, 'cancel').catch(orEnded);
      }
      // One is stopped, hands back what it has, and comes again.
      await pause(100);
      await again.stop({ graceMs: 100 });
      await again.start();
      await pause(300);
      scene.harm = () => null;
      for (const ref of refs) await scene.ended(ref);
      assert.ok(scene.proxy.counts.harmed > 0);
      t.diagnostic(`${scene.proxy.counts.harmed} of ${scene.proxy.counts.exchanges} exchanges harmed`);
      assert.deepEqual(await scene.breaches(), [], `seed ${seed}`);
    });

function orEnded(error: unknown): void {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null;
  if (code !== 'state_conflict') throw error;
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  signal?.throwIfAborted();
}
