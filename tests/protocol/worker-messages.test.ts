/**
 * Every message between a worker and its server, harmed in every way, one at a time: the job runs once and succeeds all
 * the same. Then what a network may have kept, delivered when all has moved on: nothing changes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StorageKind } from '../http/server-lab.ts';
import { type Harm, harms, harmText } from './fates.ts';
import { Scene } from './scene.ts';

const messages = {
  register: 'POST /v1/workers',
  claim: 'POST /v1/claims',
  confirm: 'POST /v1/attempts/confirm',
  renew: 'POST /v1/attempts/renew',
  output: 'POST /v1/attempts/output',
  finish: 'POST /v1/attempts/finish',
} as const;
type Message = keyof typeof messages;

/** Longer than all that is swallowed: nothing is lost by time here. */
const durations = { leaseMs: 6_000, offerMs: 3_000 };
const storages: readonly StorageKind[] = ['memory', 'sqlite'];
const isLong = process.env.LABKEEP_TEST_PROTOCOL === 'long';
/** Scenes at one time. */
const lanes = 4;

const cases = (Object.keys(messages) as Message[]).flatMap((message) =>
  harms.map((harm) => ({ message, harm, title: `${message}: ${harmText(harm)}` })),
);

for (const storage of storages)
  test(`${storage}: whatever becomes of one message, the job runs once and succeeds`, async (t) => {
    // In the short form every fifth, which are others on each storage; so each harm is tried, and each message.
    const mine = cases.filter((_, index) => isLong || index % 5 === storages.indexOf(storage));
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const scene = await Scene.open(t, { storage, durations });
        const all = mine.filter((__, index) => index % lanes === lane);
        // To register is done once: each of these cases has a worker of its own.
        for (const it of all.filter(({ message }) => message === 'register')) {
          const harmed = scene.arm(messages.register, it.harm);
          const worker = await scene.worker(it.title.replaceAll(/[^a-z]+/g, '-'));
          await tryOne(scene, it, harmed);
          await worker.stop({ graceMs: 0 });
        }
        await scene.worker('node07');
        for (const it of all.filter(({ message }) => message !== 'register'))
          await tryOne(scene, it, scene.arm(messages[it.message], it.harm, suitsOf(it.message)));
        assert.deepEqual(await scene.breaches(), []);
      }),
    );
  });

interface Case {
  readonly message: Message;
  readonly harm: Harm;
  readonly title: string;
}

async function tryOne(scene: Scene, { message, harm, title }: Case, harmed: Promise<void>): Promise<void> {
  // While the job is at work, so that its renewal, too, comes about.
  scene.work = async () => (message === 'finish' ? undefined : harmed);
  // The claim that is under way already was not harmed.
  if (message === 'claim' && harm.side === 'request') await harmed;
  const ref = await scene.submit(title);
  await harmed;
  const { state, reason, attempts } = await scene.ended(ref);
  assert.deepEqual([state, reason, attempts], ['succeeded', null, 1], title);
  assert.equal(scene.ledger.starts(ref).length, 1, title);
}

/** Of the answers to claims, those that bring work. */
function suitsOf(message: Message): ((answer: Buffer) => boolean) | undefined {
  return message === 'claim' ? (answer) => answer.includes('"offers":[{') : undefined;
}
