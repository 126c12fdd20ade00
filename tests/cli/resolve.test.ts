/** What a person says became of lost jobs: what is printed, what is on record then, and what is refused. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Event, LabkeepClient, type Offer } from '@labkeep/client';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;
let client: LabkeepClient;
/** By whom: the account that runs the server. */
let person: string;
before(async () => {
  server = await home.up(['--no-worker']);
  client = new LabkeepClient({
    url: server.url,
    token: readFileSync(home.path('data', 'token'), 'utf8').trim(),
  });
  await client.projects.create({ name: 'toxd' });
  person = (await client.me()).principal;
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const labkeep = (...args: readonly string[]): Promise<Ended> => home.call(args);

interface Held {
  readonly ref: string;
  readonly worker: string;
  readonly claimed: Pick<Offer, 'attempt' | 'epoch'>;
}

/** A job in the hands of a worker. */
async function running(): Promise<Held> {
  const task = `t-${crypto.randomUUID()}`;
  const { ref } = await client.jobs.submit('toxd', { task, onLost: 'ask' });
  const { worker } = await client.workers.register({ name: task, tasks: [task], capacity: 1 });
  return { worker, ...(await taken(worker, ref)) };
}

async function taken(worker: string, ref: string): Promise<Omit<Held, 'worker'>> {
  const [offer] = (await client.claims({ worker, capacity: 1, held: [], waitMs: 0 })).offers;
  assert.equal(offer?.job, ref);
  const claimed = { attempt: offer.attempt, epoch: offer.epoch };
  await client.attempts.confirm({ worker, attempts: [claimed] });
  return { ref, claimed };
}

/** One that awaits a decision: its worker knows nothing of it. */
async function lost(): Promise<Held> {
  const held = await running();
  await client.claims({ worker: held.worker, capacity: 0, held: [], waitMs: 0 });
  assert.equal((await client.jobs.get(held.ref)).state, 'lost');
  return held;
}

async function reported({ claimed }: Held): Promise<void> {
  await client.attempts.finish({ attempts: [{ ...claimed, outcome: 'succeeded', exitCode: 0 }] });
}

async function stateOf(ref: string): Promise<unknown> {
  const { state, reason, exitCode, attempts } = await client.jobs.get(ref);
  return { state, reason, exitCode, attempts };
}

/** Outcome, reason and words of each attempt. */
async function attemptsOf(ref: string): Promise<unknown> {
  const { items } = await client.jobs.attempts(ref);
  return items.map(({ outcome, reason, error }) => [outcome, reason, error]);
}

/** The last that was told of a job: what, and by whom. */
async function lastTold(ref: string): Promise<unknown> {
  const { items } = await client.events.list({ limit: 1_000 });
  const last = items.findLast(({ jobs }: Event) => jobs.some((job) => job.ref === ref));
  return [last?.type, last?.actor];
}

test('a lost job says how a person decides; all that are lost are decided on at once', async () => {
  const { ref } = await lost();
  assert.match(
    (await labkeep('why', ref)).stdout,
    /is lost: .* say what became of it with labkeep resolve\.\n$/,
  );
  assert.deepEqual(await labkeep('resolve', ref), {
    code: 2,
    stdout: '',
    stderr: `labkeep: ${ref} does not say what became of the job.\n  Say it last, such as: labkeep resolve toxd/12 succeeded (or failed, or retry).\n`,
  });
  assert.equal(
    (await labkeep('resolve', '-p', 'toxd', '--where', 'state:lost', 'retry', '--dry-run')).stdout,
    `${ref}\n`,
  );
  assert.deepEqual(await stateOf(ref), {
    state: 'lost',
    reason: 'worker_forgot',
    exitCode: null,
    attempts: 1,
  });
  assert.deepEqual(await labkeep('resolve', '-p', 'toxd', '--where', 'state:lost', 'retry', '--yes'), {
    code: 0,
    stdout: `${ref}  done\n`,
    stderr: 'labkeep: 1 job done\n',
  });
  assert.equal((await client.jobs.get(ref)).state, 'ready');
});

for (const outcome of ['succeeded', 'failed'] as const)
  test(`resolve ${outcome}: the job has ${outcome}, by whom is on record, and what its worker says then is late`, async () => {
    const held = await lost();
    const { ref } = held;
    assert.deepEqual(await labkeep('resolve', ref, outcome), {
      code: 0,
      stdout: `${ref}  ${outcome} (resolved)\n`,
      stderr: '',
    });
    const resolved = { state: outcome, reason: 'resolved', exitCode: null, attempts: 1 };
    assert.deepEqual(await stateOf(ref), resolved);
    const said = `${person} said that it had ${outcome}`;
    assert.deepEqual(await attemptsOf(ref), [['lost', 'worker_forgot', said]]);
    assert.deepEqual(await lastTold(ref), ['jobs.ended', person]);

    await reported(held);
    assert.deepEqual(await stateOf(ref), resolved);
    const { stdout } = await labkeep('show', ref);
    assert.ok(stdout.includes(`  Error       ${said}\n`), stdout);
    assert.match(stdout, /^ {2}Late +attempt 1 reported succeeded \(exit 0\), .*; it changed nothing$/m);
  });

test('resolve retry: the job runs once more, the attempt of before stays lost, and what that says then is late', async () => {
  const held = await lost();
  const { ref, worker } = held;
  assert.deepEqual(await labkeep('resolve', ref, 'retry'), {
    code: 0,
    stdout: `${ref}  ready\n`,
    stderr: '',
  });
  assert.deepEqual(await stateOf(ref), { state: 'ready', reason: null, exitCode: null, attempts: 1 });
  assert.deepEqual(await attemptsOf(ref), [['lost', 'worker_forgot', `${person} had it tried again`]]);
  assert.deepEqual(await lastTold(ref), ['jobs.changed', person]);

  const { claimed } = await taken(worker, ref);
  assert.ok(claimed.epoch > held.claimed.epoch);
  await reported(held);
  assert.deepEqual(await stateOf(ref), { state: 'running', reason: null, exitCode: null, attempts: 2 });
  await client.attempts.finish({ attempts: [{ ...claimed, outcome: 'failed', exitCode: 3 }] });
  assert.deepEqual(await stateOf(ref), { state: 'failed', reason: 'exit_code', exitCode: 3, attempts: 2 });
  const shown = (await labkeep('show', ref)).stdout;
  assert.match(shown, /^ {2}Attempts +2$/m);
  assert.match(shown, /^ {2}Late +attempt 1 reported succeeded \(exit 0\), .*; it changed nothing$/m);
});

const unfinished = (ref: string, state: string): string =>
  refusedAs(`Job ${ref.slice('toxd/'.length)} cannot be resolved: found "${state}", expected lost`);
const ended = (ref: string, state: string): string =>
  refusedAs(`Job ${ref} cannot be moved by resolve: found "${state}", expected an unfinished job`);
const refusedAs = (text: string): string =>
  `labkeep: ${text}.\n  labkeep show JOB tells its state, labkeep why JOB the reason.\n`;

test('a job that awaits no decision is not resolved, whatever is said, and stays as it is', async () => {
  const waiting = await client.jobs.submit('toxd', { task: 'nobody', onLost: 'ask' });
  const atWork = await running();
  const over = await running();
  await reported(over);
  for (const [ref, stderr] of [
    [waiting.ref, unfinished(waiting.ref, 'ready')],
    [atWork.ref, unfinished(atWork.ref, 'running')],
    [over.ref, ended(over.ref, 'succeeded')],
  ] as const) {
    const before = await client.jobs.get(ref);
    for (const outcome of ['succeeded', 'failed', 'retry'])
      assert.deepEqual(await labkeep('resolve', ref, outcome), { code: 5, stdout: '', stderr });
    assert.deepEqual(await client.jobs.get(ref), before);
  }
  const { ref } = await lost();
  assert.deepEqual(await labkeep('resolve', atWork.ref, ref, 'failed'), {
    code: 5,
    stdout: `${ref}  failed (resolved)\n`,
    stderr: unfinished(atWork.ref, 'running'),
  });
  assert.equal((await labkeep('resolve', ref, 'retry')).stderr, ended(ref, 'failed'), 'it is decided once');
});

test('a recorded run that is lost is not tried again, because no worker ran it', async () => {
  const { job } = await client.runs.record({
    ...{ key: crypto.randomUUID(), project: 'toxd', folder: '/', command: ['sort'] },
    ...{ host: 'node07', account: 'ada', startedAt: new Date().toISOString(), leaseMs: 1_000 },
  });
  const { ref } = job;
  while ((await client.jobs.get(ref)).state !== 'lost') await delay(50);
  const { code, stdout, stderr } = await labkeep('resolve', ref, 'retry');
  assert.deepEqual([code, stdout], [5, '']);
  assert.match(
    stderr,
    /cannot be tried again: found "a recorded run", .* then rerun makes one of it\.\n {2}labkeep show/,
  );
  assert.equal((await client.jobs.get(ref)).state, 'lost');
  assert.equal((await labkeep('resolve', ref, 'failed')).stdout, `${ref}  failed (resolved)\n`);
});
