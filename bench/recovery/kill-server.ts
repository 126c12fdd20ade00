import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepClient, LabkeepError } from '@labkeep/client';
import { addressOf, LabkeepHome } from '../support/labkeep-home.ts';
import { startStore } from '../support/servers.ts';
import { Repeated } from './repeated.ts';
import { commandOnce, stampOf } from './stamps.ts';
import { WorkerProcess } from './worker-process.ts';

const task = 'nothing';
const msMax = 60_000;
const claimWaitMs = 30_000;

export interface Served {
  readonly submittedMs: number;
  readonly claimedMs: number;
  readonly startedMs: number;
}

/**
 * One of two servers on one PostgreSQL is killed; everybody was with that one, and knows both. The times (ms) from its end
 * to the first answers to what was asked after it, and to the start of a command that was submitted after it.
 */
export async function* killServer(rounds: number): AsyncGenerator<Served> {
  await using started = new AsyncDisposableStack();
  const scratch = mkdtempSync(join(tmpdir(), 'labkeep-bench-'));
  started.defer(() => rmSync(scratch, { recursive: true }));
  const storage = ['--storage', started.use(await startStore('postgres')).connection];
  const victim = started.use(new LabkeepHome());
  const other = started.use(new LabkeepHome());
  await other.start(storage);
  for (let round = 0; round < rounds; round += 1) {
    await victim.start(storage);
    const urls = [victim, other].map(({ folder }) => addressOf(folder).url);
    yield await killOnce(victim, { urls, token: addressOf(victim.folder).token }, join(scratch, `${round}`));
  }
}

async function killOnce(
  victim: LabkeepHome,
  address: { readonly urls: readonly string[]; readonly token: string },
  file: string,
): Promise<Served> {
  const name = `round-${process.hrtime.bigint()}`;
  const newClient = (): LabkeepClient => new LabkeepClient(address);
  const [submitter, claimer, third] = [newClient(), newClient(), newClient()];
  await submitter.projects.create({ name });
  await using worker = new WorkerProcess({ name, slots: 1, ...address });
  await worker.registered(third);
  const registered = await claimer.workers.register({ name: `${name}-client`, tasks: [task] });
  await using submissions = new Repeated(async (signal) => {
    await submitter.jobs.submit(name, { task }, { signal });
    return true;
  });
  await using claims = new Repeated((signal) => serveOne(claimer, registered.worker, signal));
  await delay(500 + Math.random() * 500);

  const killedAt = await victim.kill9();
  const { ref } = await third.jobs.submit(name, { command: commandOnce(file) });
  const submittedMs = (await submissions.firstAfter(killedAt, msMax)) - killedAt;
  const claimedMs = (await claims.firstAfter(killedAt, msMax)) - killedAt;
  const startedMs = (await stampOf(file, 1, msMax)) - killedAt;
  const { items } = await third.jobs.attempts(ref);
  if (items.length !== 1) throw new Error(`${ref} was tried ${items.length} times`);
  return { submittedMs, claimedMs, startedMs };
}

/** False where the server was away: the client has turned to the other by then, and leaves it to its caller to ask again. */
async function serveOne(client: LabkeepClient, worker: string, signal: AbortSignal): Promise<boolean> {
  try {
    const request = { worker, capacity: 1, held: [], waitMs: claimWaitMs };
    const { offers } = await client.claims(request, { signal });
    if (offers.length === 0) return false;
    const attempts = offers.map(({ attempt, epoch }) => ({ attempt, epoch }));
    await client.attempts.confirm({ worker, attempts }, { signal });
    const ended = attempts.map((it) => ({ ...it, outcome: 'succeeded' as const, exitCode: 0 }));
    await client.attempts.finish({ attempts: ended }, { signal });
    return true;
  } catch (error) {
    if (error instanceof LabkeepError && error.code === 'server_away') return false;
    throw error;
  }
}
