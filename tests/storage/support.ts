import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RecordedEvent } from '../../src/core/events/event.ts';
import { Fault, type FaultCode } from '../../src/core/faults.ts';
import { specifyJob } from '../../src/core/jobs/specify.ts';
import type { Chance } from '../../src/ports/clock.ts';
import type { Actor, Storage } from '../../src/ports/storage.ts';

export const chance: Chance = {
  next: Math.random,
  token: (bytes) => randomBytes(bytes).toString('hex'),
};
export const clock = { now: () => Date.now() };
export const ada: Actor = { principal: 'ada' };

/** A project `toxd`, and the right of ada to run jobs in it. */
export async function furnish(storage: Storage): Promise<void> {
  const token = {
    secretHash: 'none',
    principal: 'ada',
    role: 'admin',
    project: null,
    use: 'token',
    expiresInMs: null,
  } as const;
  await storage.createToken({ by: ada, token: { id: chance.token(6), ...token } });
  await storage.createProject({ by: ada, name: 'toxd', title: null, directory: null, metadata: null });
}

export async function submit(
  storage: Storage,
  count: number,
  title = 'a job',
  key?: string,
): Promise<readonly string[]> {
  const job = specifyJob({ command: ['true'], title }, 'ada');
  const by: Actor = key === undefined ? ada : { ...ada, idempotency: { route: 'jobs', key, digest: title } };
  const records = await storage.insertJobs({ by, project: 'toxd', jobs: Array<typeof job>(count).fill(job) });
  return records.map((record) => record.number);
}

/** Submits large jobs, 20 at once, until one of these requests is refused. */
export async function submitUntilRefused(
  storage: Storage,
): Promise<{ readonly acknowledged: string[]; readonly refusal: unknown }> {
  const acknowledged: string[] = [];
  for (let round = 0; round < 5_000; round++) {
    try {
      acknowledged.push(...(await submit(storage, 20, 'x'.repeat(900))));
    } catch (refusal) {
      return { acknowledged, refusal };
    }
  }
  throw new Error('nothing was refused');
}

/** The storage has the jobs that were acknowledged and no other, and its events tell the same of them. */
export async function assertHolds(storage: Storage, acknowledged: readonly string[]): Promise<void> {
  const jobs = await allJobs(storage);
  assert.deepEqual(
    [...jobs.keys()],
    acknowledged.map((number) => `toxd/${number}`),
  );
  assert.deepEqual(statesOf(await wholeRecord(storage)), jobs);
}

/** Makes a token whose id is always the same: to make it again is what a database objects to. */
export function makeSameToken(storage: Storage) {
  const token = { id: 'same', secretHash: 'x', principal: 'bob', role: 'viewer', project: null } as const;
  return storage.createToken({ by: ada, token: { ...token, use: 'token', expiresInMs: null } });
}

/** A worker that may be asked again and again for `count` jobs, started. */
export async function registered(storage: Storage, name = 'node01'): Promise<number> {
  const profile = { name, principal: 'ada', labels: {}, tasks: [], capacity: 100, accept: [] };
  return (await storage.registerWorker({ profile })).worker;
}

/** All events, page by page; their numbers must follow each other without a gap. */
export async function wholeRecord(storage: Storage): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let after: { incarnation: string; sequence: number } | null = null;
  for (;;) {
    const page = await storage.listEvents({ after, limit: 500, project: null });
    if (page.items.length === 0) break;
    events.push(...page.items);
    after = { incarnation: page.incarnation, sequence: page.upTo };
  }
  for (const [index, event] of events.entries())
    assert.equal(event.sequence, index + 1, 'events follow each other without a gap');
  return events;
}

/** What became of every job, according to the events alone. */
export function statesOf(events: readonly RecordedEvent[]): Map<string, string> {
  const states = new Map<string, string>();
  for (const event of events) for (const job of event.jobs) states.set(job.ref, job.state);
  return states;
}

export async function allJobs(storage: Storage): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  let after: string | undefined;
  for (;;) {
    const page = await storage.listJobs({
      project: 'toxd',
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    for (const job of page.items) states.set(`toxd/${job.number}`, job.state);
    if (page.next === null) return states;
    after = page.next;
  }
}

export function isFault(code: FaultCode): (error: unknown) => boolean {
  return (error) => error instanceof Fault && error.code === code;
}
