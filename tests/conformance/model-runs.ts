/** The random acts of recorders. */
import fc from 'fast-check';
import { Fault } from '../../src/core/faults.ts';
import { specifyRun, specifyRunEnd } from '../../src/core/jobs/record.ts';
import { writeReference } from '../../src/core/jobs/reference.ts';
import type { AttemptClaim } from '../../src/ports/records/workers.ts';
import { type Command, command, pick, picked, sometimes } from './model-command.ts';
import { projects, type World } from './model-world.ts';

/** Absolute, so that jobs of every project read and write the same. */
export const someFiles = fc.subarray(['/f/a', '/f/b', '/f/c']);

const grants = [{ role: 'contributor', project: null }] as const;
const by = { name: 'ada', grants, attempt: null };

interface Told extends AttemptClaim {
  readonly key: number;
}

/** What each world’s recorders remember. */
const told = new WeakMap<World, Told[]>();

function toldIn(world: World): Told[] {
  const runs = told.get(world) ?? [];
  told.set(world, runs);
  return runs;
}

const end = fc.record({
  outcome: fc.constantFrom('succeeded', 'failed', 'cancelled'),
  outputs: someFiles,
  agoMs: fc.constantFrom(0, 0, 700),
});
type End = typeof end extends fc.Arbitrary<infer T> ? T : never;

function endAt(world: World, { agoMs, ...rest }: End) {
  return { ...rest, finishedAt: world.clock.now() - agoMs };
}

const record = command(
  'record',
  fc.record({
    project: fc.constantFrom(...projects),
    again: sometimes(pick, 4),
    parent: sometimes(pick, 6),
    inputs: someFiles,
    agoMs: fc.constantFrom(0, 0, 500),
    leaseMs: fc.constantFrom(2_000, 9_000),
    ended: sometimes(end, 3),
  }),
  async (world, { project, again, parent, inputs, agoMs, leaseMs, ended }) => {
    const runs = toldIn(world);
    const before = again === undefined ? undefined : picked(runs, again);
    const key = before?.key ?? runs.length + 1;
    const below = parent === undefined ? undefined : picked(world.jobs, parent);
    const number = below?.ref.startsWith(`${project}/`) ? below.ref.slice(project.length + 1) : null;
    const run = specifyRun(
      {
        key: `00000000-0000-4000-8000-${String(key).padStart(12, '0')}`,
        ...{ project, parent: number, folder: '/f', command: ['true'], inputs, leaseMs },
        ...{ host: 'node07', account: 'ada', startedAt: world.clock.now() - agoMs },
        ended: ended === undefined ? undefined : endAt(world, ended),
      },
      by.name,
    );
    const answer = await world.both((it) => it.recordRun({ by, run }));
    if (answer instanceof Fault) return;
    const { attempt, epoch, job } = answer;
    if (before === undefined) runs.push({ key, attempt, epoch });
    const ref = writeReference(job);
    if (!world.jobs.some((each) => each.ref === ref))
      world.jobs.push({ ref, owner: 'ada', trashed: job.trashedAt !== null });
  },
);

const renew = command(
  'renewRun',
  fc.record({ run: pick, fraction: sometimes(fc.constantFrom(0.2, 0.5)) }),
  (world, { run: number, fraction = null }) => {
    const run = picked(toldIn(world), number);
    if (run === undefined) return Promise.resolve();
    const { attempt, epoch } = run;
    const progress = fraction === null ? null : { fraction, text: null, counts: null };
    return world.both((it) => it.renewRun({ by, attempt, epoch, progress }));
  },
);

const finish = command(
  'finishRun',
  fc.record({ run: pick, end, inputs: someFiles }),
  (world, { run: number, end: ended, inputs }) => {
    const run = picked(toldIn(world), number);
    if (run === undefined) return Promise.resolve();
    const { attempt, epoch } = run;
    const told = specifyRunEnd({ ...endAt(world, ended), inputs });
    return world.both((it) => it.finishRun({ by, attempt, epoch, end: told }));
  },
);

export const runCommands: readonly fc.Arbitrary<Command>[] = [record, record, renew, finish, finish];
