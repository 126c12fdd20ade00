import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultDurations } from '../../src/core/leases/durations.ts';
import { type Act, runGroup } from '../../src/storage/shared/group.ts';
import { Known } from '../../src/storage/shared/known.ts';
import { driveSync, type Row, type Statement } from '../../src/storage/shared/script.ts';
import { chance } from './support.ts';

const lost = new Error('the connection is gone');
const objection = new Error('the database objects');
const none = new Set<string>();

const around = {
  durations: defaultDurations,
  chance,
  known: new Known({ live: none, databases: none, workers: none, tokens: none }),
  schema: null,
  clock: () => 1_000,
  isLost: (error: unknown) => error === lost,
};

const counters: Row = {
  incarnation: 'i1',
  event: 0,
  epoch: 0,
  epochs_from: 0,
  restored_at: null,
  job: 0,
  clock: 0,
  database_clock: 0,
  written_by: null,
  transaction: null,
  oldest_schema: null,
};

/** A database that objects to the word `bad`, and whose connection is lost when it is given `loses` a second time. */
function database() {
  let open: string[] = [];
  let losses = 0;
  const committed: string[] = [];
  const execute = ({ name, rows }: Statement): readonly Row[] => {
    const word = rows[0]?.[0];
    if (word === 'loses') losses += 1;
    if (losses > 1) throw lost;
    if (word === 'bad') throw objection;
    if (name === 'write-word') open.push(String(word));
    if (name === 'commit') committed.push(...open);
    if (name === 'begin' || name === 'commit' || name === 'rollback') open = [];
    return name === 'begin' ? [counters] : [];
  };
  return { execute, committed };
}

function writes(word: string): Act<unknown> {
  return { by: { principal: 'ada' }, weight: 1, script: (tx) => tx.write('write-word', [[word]]) };
}

describe('acts that are replayed one by one', () => {
  test('those that were committed before the connection was lost are not tried again', () => {
    const { execute, committed } = database();
    const acts = ['one', 'loses', 'bad', 'four'].map(writes);
    const { outcomes } = driveSync(runGroup(acts, around), execute);
    assert.deepEqual(committed, ['one']);
    assert.deepEqual(outcomes, [
      { done: true, value: undefined },
      { done: false, error: lost },
      { done: false, error: lost },
      { done: false, error: lost },
    ]);
  });

  test('where nothing was committed yet, the group as a whole may be tried on another connection', () => {
    const { execute, committed } = database();
    const acts = ['loses', 'bad'].map(writes);
    assert.throws(() => driveSync(runGroup(acts, around), execute), lost);
    assert.deepEqual(committed, []);
  });
});
