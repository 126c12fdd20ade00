/** The random acts of workers. */
import fc from 'fast-check';
import { Fault } from '../../src/core/faults.ts';
import type { AttemptClaim, FinishedAttempt } from '../../src/ports/records/workers.ts';
import { held, progress, report, type Said } from './lab-worker.ts';
import { type Command, command, pick, picked, sometimes } from './model-command.ts';
import { someFiles } from './model-runs.ts';
import type { Hand, Party, World } from './model-world.ts';

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

/** Confirms what is named, and keeps of the hands those that may be started. */
async function confirmAll(
  world: World,
  party: Party,
  hands: readonly Hand[],
  named: readonly AttemptClaim[],
): Promise<void> {
  const { id: worker, principal } = party;
  const attempts = named.map(({ attempt, epoch }) => ({ attempt, epoch }));
  const answer = await world.both((it) => it.confirmAttempts({ worker, principal, attempts }));
  if (answer instanceof Fault) return;
  for (const hand of hands) {
    if (answer.start.includes(hand.attempt)) hand.state = 'running';
    else drop(party, hand);
  }
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
    await confirmAll(world, party, chosen, [...chosen, ...(old === undefined ? [] : [old])]);
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
    await confirmAll(world, party, offers, offers);
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

/** Weighted so that what is taken is also ended. */
export const workerCommands: readonly fc.Arbitrary<Command>[] = [
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
];
