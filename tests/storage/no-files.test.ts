/** Jobs that neither read nor write files pay nothing for ties: not one statement. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveJob } from '../../src/core/jobs/job.ts';
import { plainPolicy, untouched } from '../../src/core/jobs/new-job.ts';
import { defaultDurations } from '../../src/core/leases/durations.ts';
import { insertFiles } from '../../src/storage/shared/acts/place-files.ts';
import { tieAttempts, tieProvisionally } from '../../src/storage/shared/acts/tie-inputs.ts';
import { Known } from '../../src/storage/shared/known.ts';
import { driveSync, type Script } from '../../src/storage/shared/script.ts';
import { Transaction } from '../../src/storage/shared/transaction.ts';

const counters = { incarnation: 'i', event: 0, epoch: 0, epochsFrom: 0, restoredAt: null, job: 0, clock: 0 };
const chance = { next: () => 0.5, token: (bytes: number) => '0'.repeat(2 * bytes) };
const none = new Set<string>();
const known = new Known({ live: none, databases: none, workers: none, tokens: none });
const tx = new Transaction(counters, 0, { durations: defaultDurations, chance, known });

function job(readsFiles: boolean): LiveJob {
  const identity = { id: 1, projectId: 1, number: '1', parentId: null, classId: 1, priority: 0 };
  const ready = { state: 'ready', reason: null, rank: 0, readyAt: 0, revision: 1, attempt: 0 } as const;
  return { ...untouched(identity), ...ready, policy: { ...plainPolicy, readsFiles } };
}

/** The names of the statements of a script that finds nothing. */
function statementsOf(script: Script<unknown>): readonly string[] {
  const names: string[] = [];
  driveSync(script, ({ name }) => {
    names.push(name);
    return [];
  });
  return names;
}

test('without inputs and outputs, files cost no statement', () => {
  assert.deepEqual(statementsOf(tieProvisionally(tx, [job(false), job(false)])), []);
  assert.deepEqual(statementsOf(tieAttempts(tx, [{ ...job(false), attempt: 2 }])), []);
  assert.deepEqual(statementsOf(insertFiles(tx, [{ jobId: 1, role: 'output', files: [], made: null }])), []);
});

test('with inputs, what is asked does not grow with their number', () => {
  assert.deepEqual(statementsOf(tieProvisionally(tx, [job(true), job(false)])), ['list-inputs']);
  const paths = Array.from({ length: 1_000 }, (_, index) => ({ path: `/data/${index}` }));
  const files = { jobId: 1, role: 'output', files: paths, made: { attempt: 1, at: 0 } } as const;
  assert.deepEqual(statementsOf(insertFiles(tx, [files])), [
    'list-folders',
    'list-directories-at',
    'insert-files',
  ]);
});
