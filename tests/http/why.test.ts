import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobRecord, LiveJob } from '../../src/core/jobs/job.ts';
import {
  type EndReason,
  endReasons,
  finalStates,
  jobStates,
  waitReasons,
} from '../../src/core/jobs/states.ts';
import { type Situation, why } from '../../src/core/jobs/why.ts';
import type { LockHolder } from '../../src/core/locks/holder.ts';

const job: JobRecord = {
  id: 4,
  project: 'toxd',
  number: '4',
  parent: null,
  task: null,
  title: null,
  state: 'ready',
  reason: null,
  owner: 'ana',
  queue: 'default',
  priority: 0,
  createdAt: 0,
  submittedAt: 0,
  startedAt: null,
  finishedAt: null,
  cancelRequestedAt: null,
  trashedAt: null,
  rating: null,
  tags: [],
  numbers: {},
  comments: 0,
  exitCode: null,
  attempts: 0,
  revision: 1,
  rerunOf: null,
  origin: 'queued',
};

const live: LiveJob = {
  id: 4,
  projectId: 1,
  number: '4',
  parentId: null,
  classId: 1,
  state: 'ready',
  reason: null,
  revision: 1,
  priority: 0,
  rank: 0,
  readyAt: 0,
  attempt: 0,
  epoch: null,
  workerId: null,
  held: false,
  pending: 0,
  notBefore: null,
  startBy: null,
  finishBy: null,
  offerEndsAt: null,
  attemptEndsAt: null,
  startedAt: null,
  cancelRequestedAt: null,
  leaseEndsAt: null,
  policy: {
    retry: { max: 0, delayMs: 0, factor: 1, delayMsMax: 0 },
    attemptMs: null,
    onLost: 'fail',
    readsFiles: false,
  },
};

function said(changes: Partial<JobRecord>, more: Partial<Situation> = {}): string {
  return why({
    job: { ...job, ...changes },
    live,
    unmet: [],
    ahead: 0,
    servingWorkers: 1,
    workers: 1,
    worker: null,
    limit: null,
    error: null,
    lockWait: null,
    handsOutInMs: null,
    ...more,
  });
}

const at = Date.parse('2026-11-21T19:40:05.678Z');
const update: LockHolder = {
  kind: 'job',
  ref: 'ops/7',
  principal: 'bob',
  worker: 'n1',
  progress: { fraction: 0.4, text: 'formatting' },
};
const shell: LockHolder = {
  kind: 'session',
  session: 9,
  principal: 'eve',
  name: 'curate',
  host: 'n2',
  pid: 1,
};
const closure: LockHolder = {
  kind: 'closure',
  database: 'embl',
  principal: 'bob',
  reason: 'release 145',
  until: at,
};
const running = { ref: 'toxd/3', state: 'running', on: 'success' } as const;

const sentences: readonly (readonly [string, string])[] = [
  [
    said(
      { state: 'failed', reason: 'not_started', finishedAt: at },
      { error: 'spawn no-such ENOENT.\nmore' },
    ),
    'toxd/4 failed (2026-11-21 19:40:05 UTC): the command could not be started: spawn no-such ENOENT.',
  ],
  [
    said({ state: 'failed', reason: 'exit_code', exitCode: 3, finishedAt: at }, { error: 'not quoted' }),
    'toxd/4 failed (2026-11-21 19:40:05 UTC): the command ended with code 3.',
  ],
  [said({}, { workers: 0, servingWorkers: 0 }), 'No worker is connected; start one with labkeep worker.'],
  [
    said({}, { workers: 2, servingWorkers: 0 }),
    'No connected worker runs jobs of ana; start one with labkeep worker.',
  ],
  [
    said({ task: 'refine' }, { workers: 2, servingWorkers: 0 }),
    'No connected worker runs jobs of ana with task refine; start one with labkeep worker.',
  ],
  [said({}, { ahead: 3, servingWorkers: 2 }), '3 jobs are before it; 2 workers may serve it.'],
  [said({}, { ahead: 1 }), '1 job is before it; 1 worker may serve it.'],
  [said({}, { ahead: 1_000 }), 'At least 1,000 jobs are before it; 1 worker may serve it.'],
  [said({}), 'It is the next in its line; 1 worker may serve it.'],
  [
    said({}, { handsOutInMs: 46_100, workers: 0, servingWorkers: 0 }),
    'The storage was restored, or failed over, a moment ago; jobs are handed out again in 47 s.',
  ],
  [
    said({}, { lockWait: { path: 'embl', isOff: true, holders: [], holdersInAll: 0, position: 1 } }),
    'It waits for embl, which is off or no longer in the catalogue.',
  ],
  [
    said(
      {},
      { ahead: 2, lockWait: { path: 'embl', isOff: false, holders: [], holdersInAll: 0, position: 2 } },
    ),
    'It waits for embl; 3 requests before it.',
  ],
  [
    said(
      {},
      { lockWait: { path: 'embl', isOff: false, holders: [update, shell], holdersInAll: 3, position: 1 } },
    ),
    'It waits for embl, held by ops/7 of bob on n1, 40 % done, curate of eve on n2 and 1 more; it is the next in the line.',
  ],
  [
    said({}, { lockWait: { path: 'embl', isOff: false, holders: [closure], holdersInAll: 1, position: 2 } }),
    'It waits for embl: bob closes embl: release 145; it is said to be open again at 2026-11-21 19:40:05 UTC; 1 request before it.',
  ],
  [
    said({ number: '4.9', parent: '4' }, { limit: { max: 8, atWork: 8 } }),
    'toxd/4 has at most 8 children at work at one time, and as many are.',
  ],
  [said({}, { limit: { max: 8, atWork: 7 } }), 'It is the next in its line; 1 worker may serve it.'],
  [
    said({ state: 'waiting', reason: 'dependency' }, { unmet: [running] }),
    'toxd/4 waits for toxd/3, which is running.',
  ],
  [
    said({ state: 'waiting', reason: 'dependency' }, { unmet: [{ ...running, on: 'failure' }] }),
    'toxd/4 waits for toxd/3 to fail, which is running.',
  ],
  [
    said({ state: 'waiting', reason: 'dependency' }, { unmet: Array(5).fill(running) }),
    'toxd/4 waits for 5 jobs: toxd/3 (running), toxd/3 (running), toxd/3 (running) and 2 more.',
  ],
  [
    said({ state: 'waiting', reason: 'time' }, { live: { ...live, notBefore: at } }),
    'toxd/4 waits until its time comes (2026-11-21 19:40:05 UTC).',
  ],
  [said({ state: 'waiting', reason: 'held' }), 'toxd/4 is held: it waits until somebody releases it.'],
  [
    said({ state: 'offered' }, { worker: 'node07' }),
    'toxd/4 was offered to worker node07 and starts as soon as that confirms it.',
  ],
  [
    said({ state: 'running', startedAt: at }, { worker: 'node07' }),
    'toxd/4 is running on node07 since 2026-11-21 19:40:05 UTC.',
  ],
  [
    said({ state: 'running', cancelRequestedAt: at }, { worker: 'w' }),
    'toxd/4 is running on w and was asked to stop.',
  ],
  [
    said({ state: 'running' }, { live: { ...live, classId: null } }),
    'toxd/4 has no work of its own; its children are not finished.',
  ],
  [
    said({ state: 'failed', reason: 'exit_code', exitCode: 3 }),
    'toxd/4 failed: the command ended with code 3.',
  ],
  [
    said({ state: 'cancelled', reason: 'dependency_failed' }, { unmet: [{ ...running, state: 'failed' }] }),
    'toxd/4 was cancelled: it comes after toxd/3, which failed.',
  ],
  [
    said({ state: 'lost', reason: 'lease_lost', origin: 'recorded' }),
    'toxd/4 is lost: its recorder was not heard of before its lease ended; it goes on when that is heard of again, or say what became of it with labkeep resolve.',
  ],
  [said({ state: 'succeeded', finishedAt: at }), 'toxd/4 succeeded (2026-11-21 19:40:05 UTC).'],
];

for (const [sentence, expected] of sentences) test(expected, () => assert.equal(sentence, expected));

test('every state, with every reason there is, has one sentence that names or means the job', () => {
  for (const state of jobStates)
    for (const reason of [
      null,
      ...Object.keys(waitReasons),
      ...Object.keys(endReasons),
    ] as JobRecord['reason'][]) {
      const sentence = said({ state, reason });
      assert.match(sentence, /^[^.]+\.$/, `${state} ${reason}: ${sentence}`);
      assert.ok(!/undefined|null/.test(sentence), sentence);
    }
});

test('how a job ended is told by every reason', () => {
  for (const state of finalStates.filter((it) => it !== 'succeeded'))
    for (const [reason, meaning] of Object.entries(endReasons) as [EndReason, string][])
      assert.ok(said({ state, reason }).endsWith(`: ${meaning}.`), reason);
});
