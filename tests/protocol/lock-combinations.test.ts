/**
 * Sessions in processes of their own that ask for locks at random, while messages are harmed in every way by a seed. What
 * they noted is judged as if nothing had happened to any message: nobody is let in beside who is to be alone, nobody is
 * passed or forgotten, and what is left without a word is free when its lease is over.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SeededChance } from '../crash-loop/chance.ts';
import type { StorageKind } from '../http/server-lab.ts';
import { now, readHistory } from '../locks/history.ts';
import { judgeHistory } from '../locks/judge-history.ts';
import { compileCache } from '../support/compile-cache.ts';
import { until } from '../support/until.ts';
import { harms } from './fates.ts';
import { limits, Scene } from './scene.ts';

const storages: readonly StorageKind[] = ['memory', 'sqlite'];
const seeds = Number(process.env.LABKEEP_TEST_PROTOCOL_SEEDS ?? 1);
const firstSeed = Number(process.env.LABKEEP_TEST_PROTOCOL_SEED ?? 1);
const grantsOfSeed = process.env.LABKEEP_TEST_PROTOCOL_SEEDS === undefined ? 60 : 200;
/** Of two hundred requests, and as many answers, so many are harmed. */
const harmed = 12;

for (const storage of storages)
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++)
    test(`${storage}: locks keep their promises whatever becomes of messages, seed ${seed}`, {
      timeout: 110_000,
    }, async (t) => {
      const chance = new SeededChance(seed);
      const scene = await Scene.open(t, { storage });
      for (const name of ['embl', 'chado', 'nr'])
        await scene.server.ok('POST', '/v1/databases', { body: { name, kind: 'external' } });
      const ledger = makeLedger(t);
      scene.harm = (_, answer) =>
        chance.between(1, 200) > harmed
          ? null
          : (chance.oneOf(harms.filter(({ side }) => (side === 'request') === (answer === null))) ?? null);
      const holders = ['a', 'b'].map((name, index) =>
        startHolder(t, scene, { ledger, name, seed: seed + index }),
      );
      const history = () => readHistory(ledger);
      await until('as many grants', () => {
        for (const { exitCode, signalCode } of holders)
          assert.deepEqual([exitCode, signalCode], [null, null]);
        return history().filter(({ what }) => what === 'granted').length >= grantsOfSeed;
      });
      scene.harm = () => null;
      await Promise.all(
        holders.map(async (holder) => {
          holder.kill('SIGTERM');
          const [code] = await once(holder, 'close');
          assert.equal(code, 0);
        }),
      );
      // What went without a word ends with its lease; nothing else is left by then.
      while ((await scene.server.ok('GET', '/v1/locks?limit=1000')).items.length > 0) await delay(20);
      const { breaches, counts } = judgeHistory(history(), now());
      t.diagnostic(
        `${JSON.stringify(counts)}; ${scene.proxy.counts.harmed} of ${scene.proxy.counts.exchanges} exchanges harmed`,
      );
      for (const [rule, found] of Object.entries(breaches))
        assert.deepEqual(found, [], `seed ${seed}: ${rule}`);
      assert.ok(counts.conflicts > 0 && scene.proxy.counts.harmed > 0);
    });

function makeLedger(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-lock-harm-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = join(folder, 'ledger');
  writeFileSync(ledger, '');
  return ledger;
}

function startHolder(
  t: TestContext,
  { url, token }: Scene,
  { ledger, name, seed }: { readonly ledger: string; readonly name: string; readonly seed: number },
) {
  const options = { ledger, servers: url, token, name, sessions: 6, seed, 'try-ms': limits.callMs };
  const script = join(import.meta.dirname, '../locks/holder.ts');
  const args = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  const child = spawn(process.execPath, ['--conditions=labkeep-source', script, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  return child;
}
