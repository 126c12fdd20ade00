import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Moved, readMoves, writeMoves } from '../../src/storage/shared/moves-text.ts';

function moved(numbers: readonly string[], state: Moved['state'] = 'ready', revision = 1): readonly Moved[] {
  return numbers.map((number) => ({ number, state, revision }));
}

function readAgain(jobs: readonly Moved[]): readonly Moved[] {
  return readMoves(writeMoves(jobs), 'toxd').map(({ ref, ...rest }) => ({ number: ref.slice(5), ...rest }));
}

test('numbers that follow each other are kept as a range', () => {
  assert.equal(writeMoves(moved(['9', '10', '11', '14', '15'])), '[["ready",1,"9-11","14-15"]]');
});

test('what was written is read again, in its order', () => {
  const jobs = [
    ...moved(['3', '4', '5', '5.1', '5.2', '6', '8', '7']),
    ...moved(['9', '10'], 'running', 2),
    ...moved(['11', '12']),
    ...moved(['13'], 'ready', 2),
    ...moved(['14', '14', '15', '1.5', '2.5']),
    ...moved(['16', '17']).map((job) => ({ ...job, trashed: true as const })),
    ...moved(['18']),
  ];
  assert.deepEqual(readAgain(jobs), jobs);
  assert.deepEqual(readAgain([]), []);
});
