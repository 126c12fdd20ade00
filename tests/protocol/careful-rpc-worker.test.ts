/**
 * Every message of XML-RPC again, for a worker that gives up waiting: in every way, swallowed and overdue too; then what a
 * network kept, delivered late; then harm at random. In the long form also over TLS.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '@labkeep/client';
import { startSweeping } from '../../src/daemon/sweeping.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { SeededChance } from '../crash-loop/chance.ts';
import { jobPath, type StorageKind } from '../http/server-lab.ts';
import { makeCertificate, XmlRpcLab } from '../xmlrpc/xmlrpc-lab.ts';
import { type Harm, harms, harmText } from './fates.ts';
import { gatherFacts } from './gather-facts.ts';
import { HarmfulProxy } from './harmful-proxy.ts';
import { judge } from './judge.ts';
import { Ledger } from './ledger.ts';
import { RpcWorker } from './rpc-worker.ts';

const messages = [
  'register',
  'ask_for_work',
  'confirm',
  'send_output',
  'running',
  'pending',
  'ended',
] as const;
const storages: readonly StorageKind[] = ['memory', 'sqlite'];
const isLong = process.env.LABKEEP_TEST_PROTOCOL === 'long';
const seeds = Number(process.env.LABKEEP_TEST_PROTOCOL_SEEDS ?? 1);
const firstSeed = Number(process.env.LABKEEP_TEST_PROTOCOL_SEED ?? 1);
const lanes = 6;
/** One try of a call: what is swallowed costs so long. */
const callMs = 400;
/** Of two hundred messages at random, so many are harmed. */
const harmed = 15;

/** `confirm`; reports are told apart by what they report. */
function nameOfCall(request: Buffer): string {
  const text = request.toString('utf8');
  const method = /<methodName>scire\.(\w+)</.exec(text)?.[1] ?? 'no call';
  if (method !== 'report_status') return method;
  return text.includes('state="running"') ? 'running' : 'ended';
}

class RpcScene {
  readonly rpc: XmlRpcLab;
  readonly proxy: HarmfulProxy;
  readonly ledger = new Ledger();
  readonly acknowledged: string[] = [];
  harm: (name: string, answer: Buffer | null) => Harm | null = () => null;
  work: (ref: string, signal: AbortSignal) => Promise<void> = async () => undefined;
  readonly #workers: RpcWorker[] = [];

  readonly #over: AbortSignal;

  private constructor(rpc: XmlRpcLab, proxy: HarmfulProxy, over: AbortSignal) {
    this.rpc = rpc;
    this.proxy = proxy;
    this.#over = over;
  }

  static async open(
    t: TestContext,
    storage: StorageKind,
    durations: { readonly leaseMs: number; readonly offerMs: number },
  ): Promise<RpcScene> {
    const tls = isLong && storage === 'sqlite' ? makeCertificate(t) : undefined;
    const rpc = await XmlRpcLab.open(t, { storage, durations, ...(tls === undefined ? {} : { tls }) });
    t.after(startSweeping({ storage: rpc.lab.storage, periodMs: 50, timers: nodeTimers }));
    const proxy = await HarmfulProxy.open({
      target: { host: '127.0.0.1', port: rpc.port },
      slowMs: 60,
      overdueMs: 600,
      nameOf: nameOfCall,
      harm: ({ name }, answer) => scene.harm(name, answer),
      ...(tls === undefined ? {} : { tls }),
    });
    const scene = new RpcScene(rpc, proxy, t.signal);
    t.after(async () => {
      scene.harm = () => null;
      for (const worker of scene.#workers) await worker.stop();
      await proxy.close();
      assert.deepEqual(rpc.errors, []);
    });
    return scene;
  }

  async worker(name: string): Promise<RpcWorker> {
    const { port } = this.proxy;
    const token = await this.rpc.workerToken();
    const work = (ref: string, signal: AbortSignal): Promise<void> => this.work(ref, signal);
    const ca = this.rpc.tls?.cert ?? null;
    const worker = new RpcWorker({ port, token, name, ca, ledger: this.ledger, callMs, work });
    this.#workers.push(worker);
    return worker;
  }

  /** The next message of this name is harmed, and no other; of answers to questions, the next that brings work. */
  arm(meant: string, harm: Harm): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.harm = (name, answer) => {
      if (name !== meant || (answer === null) !== (harm.side === 'request')) return null;
      if (answer !== null && name === 'ask_for_work' && !answer.includes('&lt;job')) return null;
      this.harm = () => null;
      resolve();
      return harm;
    };
    return promise;
  }

  async submit(title: string, job: object = {}): Promise<string> {
    const ref = await this.rpc.submit({ command: ['note'], title, ...job });
    this.acknowledged.push(title);
    return ref;
  }

  async inState(ref: string, ...states: readonly Job['state'][]): Promise<Job> {
    for (;;) {
      const job: Job = await this.rpc.lab.ok('GET', jobPath(ref));
      if (states.includes(job.state)) return job;
      await delay(5, undefined, { signal: this.#over });
    }
  }

  ended(ref: string): Promise<Job> {
    return this.inState(ref, 'succeeded', 'failed', 'cancelled', 'expired', 'denied');
  }

  async breaches(): Promise<readonly string[]> {
    return judge(await gatherFacts(this.rpc.lab, this.acknowledged, this.ledger));
  }
}

const cases = messages.flatMap((message) =>
  harms.map((harm) => ({ message, harm, title: `${message}: ${harmText(harm)}` })),
);
/** Longer than all that is swallowed: nothing is lost by time here. */
const long = { leaseMs: 60_000, offerMs: 30_000 };

for (const storage of storages) {
  test(`${storage}: whatever becomes of one call, the job runs once and succeeds`, async (t) => {
    // In the short form each case is tried on one of the storages, most of them where nothing waits for a disk.
    const mine = cases.filter((_, index) => isLong || (index % 5 === 0) === (storage === 'sqlite'));
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const scene = await RpcScene.open(t, storage, long);
        const all = mine.filter((__, index) => index % lanes === lane);
        // To register is done once: each of these cases has a worker of its own.
        for (const it of all.filter(({ message }) => message === 'register')) {
          const done = scene.arm(it.message, it.harm);
          const worker = await scene.worker(it.title.replaceAll(/[^a-z]+/g, '-'));
          await tryOne(scene, it, done);
          await worker.stop();
        }
        await scene.worker('node07');
        for (const it of all.filter(({ message }) => message !== 'register'))
          await tryOne(scene, it, scene.arm(it.message, it.harm));
        assert.deepEqual(await scene.breaches(), []);
      }),
    );
  });

  test(`${storage}: calls of before that come once more, while the next job runs and after, change nothing`, async (t) => {
    const scene = await RpcScene.open(t, storage, long);
    await scene.worker('node07');
    const first = await scene.submit('first');
    await scene.ended(first);
    const kept = new Map(messages.map((name) => [name, scene.proxy.last(name)]));
    const goOn = Promise.withResolvers<void>();
    scene.work = () => goOn.promise;
    const second = await scene.submit('second', { onLost: 'retry', retry: { max: 2, delayMs: 0 } });
    await scene.inState(second, 'running');
    for (const [name, request] of kept) {
      assert.ok(request, name);
      await scene.proxy.again(request);
      assert.equal((await scene.inState(second, 'running', 'ready', 'waiting')).state, 'running', name);
    }
    goOn.resolve();
    assert.equal((await scene.ended(second)).attempts, 1);
    for (const request of kept.values()) if (request !== undefined) await scene.proxy.again(request);
    assert.equal((await scene.ended(first)).state, 'succeeded');
    assert.equal(scene.ledger.starts(second).length, 1);
    assert.deepEqual(await scene.breaches(), []);
  });

  for (let seed = firstSeed; seed < firstSeed + seeds; seed++)
    test(`${storage}: calls harmed at random, seed ${seed}`, { timeout: 110_000 }, async (t) => {
      const chance = new SeededChance(seed);
      // Short enough that some leases are lost while messages are.
      const scene = await RpcScene.open(t, storage, { leaseMs: 1_500, offerMs: 500 });
      scene.work = async (_, signal) => {
        await Promise.race([delay(chance.between(0, 120)), untilAborted(signal)]);
        signal.throwIfAborted();
      };
      scene.harm = (_, answer) =>
        chance.between(1, 200) > harmed
          ? null
          : (chance.oneOf(harms.filter(({ side }) => (side === 'request') === (answer === null))) ?? null);
      for (const name of ['node07', 'node08', 'node09']) await scene.worker(name);
      const refs: string[] = [];
      for (let index = 0; index < 16; index++) {
        const onLost = chance.oneOf(['retry', 'fail', 'ask'] as const) ?? 'retry';
        const ref = await scene.submit(`job ${index}`, { onLost, retry: { max: 3, delayMs: 0 } });
        if (index % 8 === 7) await scene.rpc.lab.call('POST', `${jobPath(ref)}/cancel`);
        refs.push(ref);
      }
      await delay(1_000);
      scene.harm = () => null;
      for (const ref of refs) await scene.ended(ref);
      assert.ok(scene.proxy.counts.harmed > 0);
      t.diagnostic(`${scene.proxy.counts.harmed} of ${scene.proxy.counts.exchanges} exchanges harmed`);
      assert.deepEqual(await scene.breaches(), [], `seed ${seed}`);
    });
}

async function tryOne(
  scene: RpcScene,
  { message, title }: (typeof cases)[number],
  done: Promise<void>,
): Promise<void> {
  // While the job is at work, so that its renewal, too, comes about.
  scene.work = async () => (message === 'ended' ? undefined : done);
  const ref = await scene.submit(title);
  await done;
  const { state, reason, attempts } = await scene.ended(ref);
  assert.deepEqual([state, reason, attempts], ['succeeded', null, 1], title);
  assert.equal(scene.ledger.starts(ref).length, 1, title);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
