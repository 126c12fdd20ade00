/** The random acts of a history. Each picks what it acts on from what is there when it runs. */
import fc from 'fast-check';
import { Fault } from '../../src/core/faults.ts';
import type { Dependency } from '../../src/core/jobs/job.ts';
import { readReference, writeReference } from '../../src/core/jobs/reference.ts';
import { type JobRequest, specifyJob } from '../../src/core/jobs/specify.ts';
import type { JobAct } from '../../src/ports/storage.ts';
import { type Command, command, pick, picked, sometimes } from './model-command.ts';
import { runCommands, someFiles } from './model-runs.ts';
import { workerCommands } from './model-workers.ts';
import { type KnownJob, projects, type World } from './model-world.ts';

const request = fc.record({
  kind: fc.constantFrom('command', 'command', 'command', 'command', 'align', 'container'),
  priority: fc.constantFrom(0, 0, 1, -1, 5),
  inputs: someFiles,
  hold: fc.nat({ max: 5 }).map((it) => it === 0),
  submit: fc.nat({ max: 9 }).map((it) => it > 0),
  notBefore: sometimes(fc.constantFrom(-10, 500, 3_000), 6),
  limits: sometimes(
    fc.record({
      startWithinMs: sometimes(fc.constantFrom(900, 2_500, 8_000), 2),
      attemptMs: sometimes(fc.constantFrom(1_000, 4_000), 2),
      totalMs: sometimes(fc.constantFrom(3_000, 12_000), 2),
    }),
  ),
  retry: sometimes(
    fc.record({
      max: fc.nat({ max: 2 }),
      delayMs: fc.constantFrom(0, 0, 1_000),
      factor: fc.constantFrom(1, 2),
    }),
    1,
  ),
  onLost: fc.constantFrom('fail', 'retry', 'ask'),
  parent: sometimes(pick, 4),
  atOnce: fc.constantFrom(null, 1, 2),
  after: sometimes(
    fc.array(
      fc.record({
        job: pick,
        inRequest: fc.constantFrom('no', 'no', 'no', 'before', 'before', 'anywhere'),
        on: fc.constantFrom('success', 'success', 'failure', 'any'),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    2,
  ),
} as const);
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** Jobs that may be named by others: eve’s are denied in claims, and what that frees is not compared there. */
function nameable(world: World) {
  return world.jobs.filter(({ owner }) => owner !== 'eve');
}

function asked(
  world: World,
  project: string,
  { kind, after, ...more }: Request,
  index: number,
  many: number,
): JobRequest {
  const parents = nameable(world).filter(({ ref, trashed }) => !trashed && ref.startsWith(`${project}/`));
  const parent = more.parent === undefined ? undefined : picked(parents, more.parent);
  const named = (after ?? []).flatMap(({ job, inRequest, on }): readonly Dependency[] => {
    const ref = picked(nameable(world), job)?.ref;
    if (inRequest === 'anywhere') return [{ job: job % many, on }]; // which may close a circle
    if (inRequest === 'before') return index === 0 ? [] : [{ job: job % index, on }];
    return ref === undefined ? [] : [{ job: ref, on }];
  });
  const { limits = {}, retry = {} } = more;
  return {
    ...more,
    limits,
    retry,
    command: kind === 'command' ? ['true'] : null,
    task: kind === 'align' ? kind : null,
    atOnce: kind === 'container' ? more.atOnce : null,
    parent: parent === undefined ? null : readReference(parent.ref, 'ref').number,
    after: [...new Map(named.map((each) => [each.job, each])).values()],
    notBefore: more.notBefore === undefined ? null : world.clock.now() + more.notBefore,
  };
}

async function insert(
  world: World,
  project: string,
  owner: string,
  requests: readonly JobRequest[],
): Promise<void> {
  const jobs = requests.map((each) => specifyJob(each, owner));
  const by = { principal: owner };
  const records = await world.both((it) => it.insertJobs({ by, project, jobs }));
  if (records instanceof Fault) return;
  for (const record of records) world.jobs.push({ ref: writeReference(record), owner, trashed: false });
}

const insertJobs = command(
  'insert',
  fc.record({
    project: fc.constantFrom(...projects),
    owner: fc.constantFrom('ada', 'ada', 'bob'),
    requests: fc.array(request, { minLength: 1, maxLength: 4 }),
  }),
  (world, { project, owner, requests }) =>
    insert(
      world,
      project,
      owner,
      requests.map((each, index) => asked(world, project, each, index, requests.length)),
    ),
);

const insertForEve = command('insertForEve', fc.constantFrom(...projects), (world, project) =>
  insert(world, project, 'eve', [{ command: ['true'], priority: 1 }]),
);

const acts = [
  ...(['cancel', 'cancel', 'hold', 'release', 'retry', 'retry', 'submit'] as const),
  ...(['trash', 'trash', 'restore'] as const),
  ...(['resolve_succeeded', 'resolve_failed', 'resolve_retry'] as const),
];

const act = command(
  'act',
  fc.record({ act: fc.constantFrom<JobAct>(...acts), job: pick, other: sometimes(pick) }),
  async (world, { act: what, job, other }) => {
    const one = picked(world.jobs, job);
    const two = other === undefined || what === 'retry' ? undefined : picked(world.jobs, other);
    const chosen = [...new Set([one, two])].flatMap((each) => each ?? []);
    const places = chosen.map(({ ref }) => readReference(ref, 'ref'));
    const by = { principal: 'ada' };
    const answer = await world.both((it) => it.moveJobs({ by, places, act: what }));
    if (answer instanceof Fault) return;
    if (what === 'trash') for (const each of withThoseBelow(world, chosen)) each.trashed = true;
    if (what === 'restore') for (const each of world.jobs) each.trashed = await world.isTrashed(each.ref);
  },
);

function withThoseBelow(world: World, chosen: readonly KnownJob[]): readonly KnownJob[] {
  return world.jobs.filter(({ ref }) => chosen.some((it) => ref === it.ref || ref.startsWith(`${it.ref}.`)));
}

const purge = command(
  'purge',
  fc.record({ job: pick, other: sometimes(pick), force: fc.boolean() }),
  async (world, { job, other, force }) => {
    const inTrash = world.jobs.filter(({ trashed }) => trashed);
    const named = [picked(inTrash, job), other === undefined ? undefined : picked(world.jobs, other)];
    const chosen = [...new Set(named)].flatMap((each) => each ?? []);
    const places = chosen.map(({ ref }) => readReference(ref, 'ref'));
    const by = { principal: 'ada' };
    const answer = await world.both((it) => it.purgeJobs({ by, places, force }));
    if (answer instanceof Fault) return;
    const gone = withThoseBelow(world, chosen);
    world.forget(gone);
  },
);

const word = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom(null, 0, 0.25, -3);
const say = command(
  'say',
  fc.record({
    job: pick,
    rating: sometimes(fc.constantFrom(null, 'good', 'bad'), 2),
    tags: sometimes(fc.array(word), 4),
    addTags: fc.array(word, { maxLength: 2 }),
    removeTags: fc.array(word, { maxLength: 2 }),
    numbers: fc.dictionary(fc.constantFrom('x', 'y'), value, { maxKeys: 2 }),
    comment: sometimes(fc.constantFrom('one', 'two'), 3),
  }),
  async (world, { job, comment, ...annotations }) => {
    const one = picked(world.jobs, job);
    if (one === undefined) return;
    const place = readReference(one.ref, 'ref');
    const by = { principal: 'ada' };
    const changes = { annotations };
    await world.both((it) => it.editJob({ by, place, revision: null, changes }));
    if (comment !== undefined) await world.both((it) => it.addComment({ by, place, text: comment }));
  },
);

const edit = command(
  'edit',
  fc.record({ job: pick, priority: fc.integer({ min: -3, max: 3 }), stale: fc.nat({ max: 4 }) }),
  async (world, { job, priority, stale }) => {
    const one = picked(world.jobs, job);
    if (one === undefined) return;
    const place = readReference(one.ref, 'ref');
    const by = { principal: 'ada' };
    const revision = stale === 0 ? 1 : null;
    await world.both((it) => it.editJob({ by, place, revision, changes: { priority } }));
  },
);

const passTime = command(
  'passTime',
  fc.record({
    sweeps: fc.integer({ min: 1, max: 5 }),
    stepMs: fc.constantFrom(1, 500, 1_000, 2_000, 2_000, 2_001, 60_000),
    drawn: fc.constantFrom(0, 0.5, 0.999),
  }),
  async (world, { sweeps, stepMs, drawn }) => {
    world.drawn = drawn;
    for (let times = 0; times < sweeps; times++) {
      world.clock.advance(stepMs);
      await world.both((it) => it.sweep());
    }
  },
);

const tick = command('tick', fc.constantFrom(1, 100, 900), async (world, ms) => world.clock.advance(ms));

/** The clock is set back, after a sweep, which has told the time in every storage. */
const setBack = command('setBack', fc.constantFrom(1, 5_000), async (world, ms) => {
  await world.both((it) => it.sweep());
  world.clock.advance(-ms);
});

/** Weighted so that jobs get through their lives: they must be taken and ended as often as they come. */
export const commands: fc.Arbitrary<Command>[] = [
  insertJobs,
  insertJobs,
  insertJobs,
  insertForEve,
  ...workerCommands,
  act,
  act,
  purge,
  say,
  edit,
  passTime,
  tick,
  setBack,
  ...runCommands,
];
