/** Runs of the spool that are refused, or cannot be read: when they are told again, and when never. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createUseCases, type UseCases } from '../../src/app/use-cases.ts';
import { jsonSchemas } from '../../src/daemon/json-schemas.ts';
import { ownerPrincipal } from '../../src/daemon/owner.ts';
import { RunSpool } from '../../src/daemon/run-spool.ts';
import { nodeSecrets } from '../../src/daemon/secrets.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { TroubleLog } from '../../src/daemon/troubles.ts';
import { LocalRecording } from '../../src/recorder/local-recording.ts';
import { notStarted } from '../../src/recorder/passing-server.ts';
import { isUntold, type RunReport } from '../../src/recorder/report.ts';
import { recorderHere, Spool } from '../../src/recorder/spool.ts';
import { openMemory } from '../../src/storage/memory/open.ts';

const key = '11111111-1111-4111-8111-111111111111';
const minuteMs = 60_000;

/** A server’s end of a spool, whose clock is the test’s; it looks when it is told to, and when a file changes. */
class Lab {
  readonly spool: Spool;
  readonly useCases: UseCases;
  readonly told: string[] = [];
  readonly caller = { principal: ownerPrincipal() };
  #movedMs = 0;
  #looks: (() => void)[] = [];
  /** How often a run was told to the record. */
  asked = 0;

  constructor(test: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-spool-'));
    const now = (): number => Date.now() + this.#movedMs;
    const chance = { next: Math.random, token: (bytes: number) => 'a'.repeat(2 * bytes) };
    const storage = openMemory({ clock: { now }, chance, durations: {} });
    const tell = (facts: object, message: string): void => {
      const why = 'why' in facts ? `: ${String(facts.why)}` : '';
      this.told.push(`${message}${why}`);
    };
    this.spool = new Spool(folder, (it) => tell(it, 'set aside'));
    this.useCases = createUseCases({
      storage,
      clock: { now },
      chance,
      secrets: nodeSecrets,
      schemas: jsonSchemas(),
      timers: nodeTimers,
    });
    const log = { info: tell, warn: tell, error: tell };
    const runs = new RunSpool({
      spool: this.spool,
      useCases: {
        ...this.useCases,
        recordRun: (caller, run) => {
          this.asked++;
          return this.useCases.recordRun(caller, run);
        },
      },
      caller: this.caller,
      onEvent: (listener) => storage.onHint(({ event }) => event && listener()),
      timers: {
        after: (_, act) => {
          this.#looks.push(act);
          return () => {
            this.#looks = this.#looks.filter((each) => each !== act);
          };
        },
      },
      log,
      troubles: new TroubleLog({ log, now, storage: 'memory' }),
      now,
    });
    test.after(async () => {
      await runs.stop();
      await this.useCases.stop();
      await storage.close();
      rmSync(folder, { recursive: true });
    });
  }

  moveClock(ms: number): void {
    this.#movedMs += ms;
  }

  write(project: string, host = hostname()): void {
    const run = runOf(project, host);
    this.spool.writeStart(key, { run, server: null, within: null, recorder: recorderHere() });
  }

  /** As the recorder's machine does, by a clock of its own. */
  touch(at: number): void {
    utimesSync(join(this.spool.folder, `${key}.start.json`), at / 1_000, at / 1_000);
  }

  /** Looks until it is so; each look ends before the next begins. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.look();
  }

  async look(): Promise<void> {
    for (const act of this.#looks.splice(0)) act();
    while (this.#looks.length === 0) await delay(1);
  }

  isRefused(): boolean {
    const told = this.spool.told(key);
    return told !== null && 'why' in told;
  }

  isTold(): boolean {
    const told = this.spool.told(key);
    return told !== null && 'ref' in told;
  }
}

function runOf(project: string, host: string): RunReport {
  return {
    ...{ key, project, folder: '/data/toxd', command: ['true'], stdin: null, inputs: [], host },
    ...{ account: 'ada', executable: null, version: null },
    startedAt: new Date(Date.now()).toISOString(),
  };
}

async function refusedLab(test: TestContext): Promise<Lab> {
  const lab = new Lab(test);
  await lab.useCases.createProject(lab.caller, { name: 'old' });
  await lab.useCases.deleteProject(lab.caller, 'old');
  lab.write('old');
  await lab.until(() => lab.isRefused());
  // What happened until here is no reason to ask again.
  for (let looks = 0; looks < 3; looks++) await lab.look();
  return lab;
}

test('a run that was refused is told again after a minute, two, four, and at last every hour', async (t) => {
  const lab = await refusedLab(t);
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const { asked } = lab;
    lab.moveClock(minutes * minuteMs - 1_000);
    for (let looks = 0; looks < 3; looks++) await lab.look();
    assert.equal(lab.asked, asked, `it was told again before ${minutes} minutes`);
    lab.moveClock(1_000);
    await lab.until(() => lab.asked > asked);
    await lab.look();
  }
});

test('a run that was refused is told again at once when a project changes, and not for anything else', async (t) => {
  const lab = await refusedLab(t);
  const { asked } = lab;
  await lab.useCases.createProject(lab.caller, { name: 'other' });
  await lab.until(() => lab.asked === asked + 1);
  await lab.useCases.submitJob(lab.caller, 'other', { command: ['true'] });
  for (let looks = 0; looks < 3; looks++) await lab.look();
  assert.equal(lab.asked, asked + 1);
  assert.ok(lab.isRefused());
});

test('a run that was refused is told again at once when grants change', async (t) => {
  const lab = await refusedLab(t);
  const { asked } = lab;
  await lab.useCases.createToken(lab.caller, { name: 'bob', role: 'viewer' });
  await lab.until(() => lab.asked === asked + 1);
});

test('a run that is refused while nothing can be written does not hinder the others, nor the server', async (t) => {
  const lab = new Lab(t);
  await lab.useCases.createProject(lab.caller, { name: 'old' });
  await lab.useCases.deleteProject(lab.caller, 'old');
  const writeTold = t.mock.method(lab.spool, 'writeTold', () => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  lab.write('old');
  await lab.until(() => writeTold.mock.callCount() > 0);
  writeTold.mock.restore();
  lab.moveClock(2 * minuteMs);
  await lab.until(() => lab.isRefused());
});

test('a part that cannot be read is logged once and does not hinder the others', async (t) => {
  const lab = new Lab(t);
  writeFileSync(join(lab.spool.folder, '22222222-2222-4222-8222-222222222222.start.json'), '');
  lab.write('new');
  await lab.until(() => lab.isTold() && lab.told.length > 0);
  for (let looks = 0; looks < 3; looks++) await lab.look();
  assert.deepEqual(lab.told, ['set aside: it is empty']);
});

test('a recorder on another machine is alive as long as it touches its run, whatever its clock says', async (t) => {
  const lab = new Lab(t);
  lab.write('new', 'node07');
  const itsClock = Date.now() - 60 * minuteMs;
  lab.touch(itsClock);
  await lab.until(() => lab.isTold());
  for (const count of [1, 2, 3]) {
    lab.moveClock(1.5 * minuteMs);
    lab.touch(itsClock + count * minuteMs);
    for (let looks = 0; looks < 3; looks++) await lab.look();
    assert.notEqual(lab.spool.start(key), null);
  }
  lab.moveClock(2 * minuteMs);
  await lab.until(() => lab.spool.start(key) === null);
});

test('the end of a run whose recorder was taken for gone is recorded', async (t) => {
  const lab = new Lab(t);
  const { folder } = lab.spool;
  const recording = LocalRecording.begin(
    lab.spool,
    { run: runOf('new', 'node07'), aliases: null },
    { folder, discovery: join(folder, 'none.json') },
    null,
    () => notStarted,
  );
  await lab.until(() => lab.isTold());
  lab.moveClock(3 * minuteMs);
  await lab.until(() => lab.spool.start(key) === null);
  const end = {
    ...({ outcome: 'succeeded', exitCode: 0, error: null, inputs: [], outputs: [], stdin: null } as const),
    ...{ version: null, executable: null, finishedAt: new Date().toISOString() },
  };
  // Without a server's process to look at, it does not wait long for the answer.
  while (isUntold(await recording.finish(end))) await lab.look();
  const job = await lab.useCases.getJob(lab.caller, { project: 'new', number: '1' });
  assert.deepEqual([job.state, job.attempts], ['succeeded', 1]);
});
