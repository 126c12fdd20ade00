/** The checks of the crash loop find what they are there for: each is shown a record with one planted breach. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt, Event, Job, JobState } from '@labkeep/client';
import { SeededChance } from './chance.ts';
import { checkAll, type Record } from './checks.ts';

function jobOf(number: number, state: JobState, mode: 'shared' | 'exclusive' = 'shared'): Job {
  return {
    ref: `crash/${number}`,
    project: 'crash',
    number: String(number),
    parent: null,
    task: null,
    title: `ada-${number}`,
    state,
    reason: state === 'failed' ? 'signal' : null,
    owner: 'ada',
    queue: 'default',
    priority: 0,
    createdAt: '',
    submittedAt: '',
    startedAt: '',
    finishedAt: '',
    cancelRequestedAt: null,
    trashedAt: null,
    exitCode: null,
    attempts: 1,
    revision: 3,
    rerunOf: null,
    origin: 'queued',
    run: null,
    rating: null,
    tags: [],
    numbers: {},
    comments: 0,
    files: [],
    progress: null,
    command: [],
    stdin: null,
    directory: null,
    environment: {},
    parameters: null,
    locks: [{ path: 'alpha', mode }],
    databases: [],
    inputs: [],
    outputs: [],
    after: [],
    notBefore: null,
    resources: null,
    limits: {},
    retry: { max: 0, delayMs: 0, factor: 1, delayMsMax: 0 },
    onLost: 'fail',
    metadata: null,
    atOnce: null,
    children: null,
  };
}

function attemptOf(outcome: Attempt['outcome'], epoch: number): Attempt {
  const reason = outcome === 'succeeded' ? null : 'signal';
  return {
    attempt: 1,
    epoch,
    worker: 'w',
    startedAt: '',
    finishedAt: '',
    outcome,
    exitCode: null,
    reason,
    error: null,
    run: null,
  };
}

function eventOf(
  sequence: number,
  type: Event['type'],
  number: number,
  state: JobState,
  revision: number,
): Event {
  const cursor = `abc-${sequence.toString(36)}`;
  return {
    cursor,
    at: '',
    type,
    project: 'crash',
    database: null,
    actor: 'ada',
    jobs: [{ ref: `crash/${number}`, state, revision }],
  };
}

/** Two jobs, the first succeeded, the second killed. */
function sound(): Record {
  const events = [
    eventOf(1, 'jobs.created', 1, 'ready', 1),
    eventOf(2, 'jobs.created', 2, 'ready', 1),
    eventOf(3, 'jobs.started', 1, 'running', 2),
    eventOf(4, 'jobs.started', 2, 'running', 2),
    eventOf(5, 'jobs.ended', 1, 'succeeded', 3),
    eventOf(6, 'jobs.ended', 2, 'failed', 3),
    eventOf(7, 'report.late', 2, 'failed', 3),
  ];
  return {
    acknowledged: [1, 2].map((number) => ({ ref: `crash/${number}`, title: `ada-${number}` })),
    jobs: [jobOf(1, 'succeeded', 'shared'), jobOf(2, 'failed', 'exclusive')],
    attempts: new Map([
      ['crash/1', [attemptOf('succeeded', 11)]],
      ['crash/2', [attemptOf('failed', 12)]],
    ]),
    events,
    streamed: events.slice(1),
    ledger: [
      { ref: 'crash/1', attempt: '1-1@11', what: 'start' },
      { ref: 'crash/1', attempt: '1-1@11', what: 'end' },
      { ref: 'crash/2', attempt: '2-1@12', what: 'start' },
    ],
  };
}

function broken(record: Record): string[] {
  return checkAll(record)
    .filter(({ breaches }) => breaches.length > 0)
    .map(({ name }) => name);
}

test('a sound record passes every check', () => {
  assert.deepEqual(broken(sound()), []);
});

const planted: readonly (readonly [name: string, plant: (record: Record) => Record])[] = [
  [
    'every acknowledged job is there, and no other',
    (it) => ({ ...it, acknowledged: [...it.acknowledged, { ref: 'crash/3', title: 'ada-3' }] }),
  ],
  [
    'every acknowledged job is there, and no other',
    (it) => ({ ...it, acknowledged: it.acknowledged.slice(1) }),
  ],
  ['every job is final', (it) => ({ ...it, jobs: [...it.jobs.slice(1), jobOf(1, 'running')] })],
  [
    'every job became final exactly once',
    (it) => ({
      ...it,
      events: [
        ...it.events,
        eventOf(8, 'jobs.changed', 1, 'ready', 4),
        eventOf(9, 'jobs.ended', 1, 'succeeded', 5),
      ],
    }),
  ],
  [
    'a job that succeeded has one attempt that did, the others have none',
    (it) => ({
      ...it,
      attempts: new Map([
        ...it.attempts,
        ['crash/1', [attemptOf('succeeded', 11), attemptOf('succeeded', 13)]],
      ]),
    }),
  ],
  [
    'what failed was killed, or was to fail',
    (it) => ({
      ...it,
      attempts: new Map([
        ...it.attempts,
        ['crash/2', [{ ...attemptOf('failed', 12), reason: 'handler_error' }]],
      ]),
    }),
  ],
  [
    'the ledger has the end of each attempt that succeeded, once',
    (it) => ({ ...it, ledger: it.ledger.filter(({ what }) => what !== 'end') }),
  ],
  [
    'no attempt was started twice',
    (it) => ({ ...it, ledger: [...it.ledger, { ref: 'crash/1', attempt: '1-1@11', what: 'start' }] }),
  ],
  [
    'no attempt ran beside another of its job',
    (it) => ({ ...it, ledger: [...it.ledger, { ref: 'crash/1', attempt: '1-1@11', what: 'beside' }] }),
  ],
  [
    'nobody was let in beside a holder that is to be alone',
    (it) => ({ ...it, ledger: [...it.ledger, { ref: 'crash/2', attempt: '2-1@12', what: 'overlap' }] }),
  ],
  [
    'nobody was let in beside a holder that is to be alone',
    (it) => ({ ...it, ledger: it.ledger.toSorted((one, other) => (one.what < other.what ? 1 : -1)) }),
  ],
  [
    'nobody was let in beside a holder that is to be alone',
    (it) => ({ ...it, ledger: [it.ledger[2], it.ledger[0], it.ledger[1]].flatMap((line) => line ?? []) }),
  ],
  [
    'every start is on record',
    (it) => ({ ...it, ledger: [...it.ledger, { ref: 'crash/2', attempt: '2-1@13', what: 'start' }] }),
  ],
  [
    'the record of events has no gap',
    (it) => ({
      ...it,
      events: it.events.filter((_, index) => index !== 3),
      streamed: it.streamed.filter((_, index) => index !== 2),
    }),
  ],
  [
    'the events lead to the states that the jobs have',
    (it) => ({ ...it, jobs: [{ ...jobOf(1, 'succeeded'), revision: 4 }, jobOf(2, 'failed')] }),
  ],
  [
    'a client that was cut off again and again got every event, once, in order',
    (it) => ({ ...it, streamed: [...it.streamed.slice(0, 2), ...it.streamed.slice(1)] }),
  ],
];

for (const [name, plant] of planted)
  test(`a breach is found: ${name}`, () => {
    assert.ok(broken(plant(sound())).includes(name), broken(plant(sound())).join('; '));
  });

test('every check has a breach planted', () => {
  const names = new Set(planted.map(([name]) => name));
  assert.deepEqual(
    checkAll(sound())
      .map(({ name }) => name)
      .filter((name) => !names.has(name)),
    [],
  );
});

test('chance comes again from its seed', () => {
  const drawn = (seed: number): number[] => {
    const chance = new SeededChance(seed);
    return Array.from({ length: 5 }, () => chance.between(0, 1_000));
  };
  assert.deepEqual(drawn(7), drawn(7));
  assert.notDeepEqual(drawn(7), drawn(8));
});
