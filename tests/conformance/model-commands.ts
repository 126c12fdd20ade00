/** The random acts of a history. Each picks what it acts on from what is there when it runs. */
import fc from 'fast-check';
import { Fault } from '../../src/core/faults.ts';
import type { Dependency } from '../../src/core/jobs/job.ts';
import { readReference, writeReference } from '../../src/core/jobs/reference.ts';
import { type JobRequest, specifyJob } from '../../src/core/jobs/specify.ts';
import type { FinishedAttempt, JobAct } from '../../src/ports/storage.ts';
import { held, progress, report, type Said } from './lab-worker.ts';
import { type Command, command, pick, picked, sometimes } from './model-command.ts';
import { runCommands, someFiles } from './model-runs.ts';
import { type Hand, type KnownJob, type Party, projects, type World } from './model-world.ts';

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

const claim = command(
  'claim',
  fc.record({
    party: pick,
    capacity: fc.nat({ max: 3 }),
    compares: fc.boolean(),
    forgets: sometimes(pick, 2),
    claimsToo: sometimes(pick),
    atOnce: fc.nat({ max: 4 }).map((it) => it === 0),
  }),
  async (world, { party: number, capacity, compares, forgets, claimsToo, atOnce }) => {
    const party = picked(world.parties, number);
    if (party === undefined) return;
    const forgotten = forgets === undefined ? undefined : picked(party.hands, forgets);
    const extra = claimsToo === undefined ? undefined : picked(party.past, claimsToo);
    if (compares && forgotten !== undefined) drop(party, forgotten);
    const named = compares ? [...party.hands, ...(extra === undefined ? [] : [extra])] : null;
    await ask(world, party, capacity, named, atOnce);
  },
);

async function ask(
  world: World,
  party: Party,
  capacity: number,
  named: readonly Hand[] | 'started' | null,
  startAtOnce: boolean,
): Promise<readonly Hand[]> {
  const { id: worker, principal } = party;
  const said = named === 'started' ? named : (named?.map((hand) => held(hand, hand.state)) ?? null);
  const answer = await world.both(async (it) => {
    const claimed = await it.claimJobs({ worker, principal, capacity, held: said, startAtOnce });
    // A storage may leave a fresh lease as it is at a claim, to save a write; a renewal always extends it.
    await it.renewAttempts({ worker, principal, progress: [] });
    return claimed;
  });
  if (answer instanceof Fault) return [];
  for (const hand of party.hands.filter(({ attempt }) => answer.abandon.includes(attempt))) drop(party, hand);
  if (answer.offers[0] !== undefined) world.noteEpoch(answer.offers[0].epoch);
  const state = startAtOnce ? 'running' : 'offered';
  const taken = answer.offers.map(({ attempt, epoch }): Hand => ({ attempt, epoch, state }));
  party.hands.push(...taken);
  return taken;
}

function drop(party: Party, hand: Hand): void {
  party.hands = party.hands.filter((each) => each !== hand);
  party.past.push(hand);
}

/** As a worker claims that keeps no list: what was offered to it before goes back. */
const claimWithoutList = command(
  'claimWithoutList',
  fc.record({ party: pick, capacity: fc.nat({ max: 2 }) }),
  async (world, { party: number, capacity }) => {
    const party = picked(world.parties, number);
    if (party === undefined) return;
    const { id: worker, principal } = party;
    for (const hand of party.hands.filter(({ state }) => state === 'offered')) drop(party, hand);
    await ask(world, party, capacity, 'started', false);
    await world.both((it) => it.listInHand({ worker, principal }));
  },
);

const confirm = command(
  'confirm',
  fc.record({ party: pick, all: fc.boolean(), one: pick, past: sometimes(pick) }),
  async (world, { party: number, all, one, past }) => {
    const party = picked(world.parties, number);
    if (party === undefined) return;
    const chosen = all ? party.hands : [picked(party.hands, one)].flatMap((hand) => hand ?? []);
    const old = past === undefined ? undefined : picked(party.past, past);
    const attempts = [...chosen, ...(old === undefined ? [] : [old])].map(({ attempt, epoch }) => ({
      attempt,
      epoch,
    }));
    const { id: worker, principal } = party;
    const answer = await world.both((it) => it.confirmAttempts({ worker, principal, attempts }));
    if (answer instanceof Fault) return;
    for (const hand of chosen) {
      if (answer.start.includes(hand.attempt)) hand.state = 'running';
      else drop(party, hand);
    }
  },
);

/** What a worker does most of the time: it asks for work, keeping what it has, and starts what it gets. */
const work = command(
  'work',
  fc.record({ party: pick, capacity: fc.integer({ min: 1, max: 3 }) }),
  async (world, { party: number, capacity }) => {
    const party = picked(world.parties, number);
    if (party === undefined) return;
    const offers = await ask(world, party, capacity, party.hands, false);
    const answer = await world.both((it) =>
      it.confirmAttempts({ worker: party.id, principal: party.principal, attempts: offers }),
    );
    if (answer instanceof Fault) return;
    for (const hand of offers) {
      if (answer.start.includes(hand.attempt)) hand.state = 'running';
      else drop(party, hand);
    }
  },
);

const renew = command(
  'renew',
  fc.record({
    party: pick,
    fraction: fc.constantFrom(null, 0.25, 0.5, 1),
    counts: fc.constantFrom(
      null,
      { done: 3, total: 12, unit: 'files' },
      { done: 1, total: null, unit: null },
    ),
    text: fc.constantFrom(null, 'a', 'b'),
  }),
  async (world, { party: number, fraction, text, counts }) => {
    const party = picked(world.parties, number);
    if (party === undefined) return;
    const started = party.hands.filter(({ state }) => state === 'running');
    const { id: worker, principal } = party;
    const reports = started.map((hand) => progress(hand, fraction, text, counts));
    const answer = await world.both((it) => it.renewAttempts({ worker, principal, progress: reports }));
    if (answer instanceof Fault) return;
    for (const hand of started.filter(({ attempt }) => answer.lost.includes(attempt))) drop(party, hand);
  },
);

const outcomes = ['succeeded', 'succeeded', 'failed', 'failed', 'cancelled', 'returned'] as const;

const findings: readonly Said[] = [
  {},
  { executable: { path: '/opt/refine', sha256: 'e'.repeat(64) }, version: '5.8', numbers: { Rfree: 0.25 } },
  { executable: { path: '/bin/true', sha256: null }, numbers: { Rfree: 0.3, cycles: 7 } },
];

const finish = command(
  'finish',
  fc.record({
    party: pick,
    reports: fc.array(
      fc.record({ of: pick, past: fc.nat({ max: 3 }), outcome: fc.constantFrom(...outcomes) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    forgets: fc.boolean(),
    writes: someFiles,
    found: fc.constantFrom(...findings),
  }),
  async (world, { party: number, reports, forgets, writes, found }) => {
    const party = picked(world.parties, number);
    if (party === undefined) return;
    const attempts = new Map<string, FinishedAttempt>();
    for (const { of, past, outcome } of reports) {
      const hand = picked(past === 0 ? party.past : party.hands, of);
      if (hand === undefined) continue;
      const paths = outcome === 'succeeded' ? [`out-${hand.epoch}`, ...writes] : writes;
      const outputs = paths.map((path) => ({ path }));
      attempts.set(hand.attempt, report(hand, outcome, { outputs, ...found }));
      hand.state = 'finished';
      if (!forgets && party.hands.includes(hand)) drop(party, hand);
    }
    const { principal } = party;
    await world.both((it) => it.finishAttempts({ principal, attempts: [...attempts.values()] }));
  },
);

const output = command(
  'output',
  fc.record({
    party: pick,
    of: pick,
    sequence: fc.nat({ max: 3 }),
    text: fc.constantFrom('', 'some', 'more'),
  }),
  async (world, { party: number, of, sequence, text }) => {
    const party = picked(world.parties, number);
    const hand = party === undefined ? undefined : picked([...party.hands, ...party.past], of);
    if (party === undefined || hand === undefined) return;
    const { attempt, epoch } = hand;
    const chunks = [{ stream: 'stdout', sequence, data: new TextEncoder().encode(text) }] as const;
    await world.both((it) => it.appendOutput({ principal: party.principal, attempt, epoch, chunks }));
  },
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
  work,
  work,
  work,
  claim,
  claim,
  claimWithoutList,
  confirm,
  confirm,
  renew,
  finish,
  finish,
  finish,
  output,
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
