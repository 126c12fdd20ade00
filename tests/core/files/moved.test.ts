/** What was recorded before a directory moved, asked for again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asMoved } from '../../../src/core/files/moved.ts';

const moves = [
  { from: '/home/ada/toxd', to: '/archive/toxd', until: 20 },
  { from: '/raw', to: '/mnt/raw', until: 30 },
  { from: '/home/ada/toxd/run', to: '/scratch/run', until: 40 },
];

test('the folder, the files, and whole paths in command and environment are those of now', () => {
  const words: readonly (readonly [recorded: string, now: string])[] = [
    ['refine', 'refine'],
    ['--in=/raw/x.mtz', '--in=/mnt/raw/x.mtz'],
    ['/home/ada/toxd2/y', '/home/ada/toxd2/y'],
    ['/home/ada/toxd', '/archive/toxd'],
    ['home/ada/toxd', 'home/ada/toxd'],
    ['/home/ada/toxd/run/1', '/scratch/run/1'],
  ];
  const request = {
    command: words.map(([recorded]) => recorded),
    environment: { AT: '/bin:/raw' },
    directory: '/home/ada/toxd',
    inputs: ['/raw/x.mtz', { path: 'y', sha256: 'a' }],
    outputs: [{ path: '/home/ada/toxd/run/out' }],
  };
  assert.deepEqual(asMoved(request, moves, 10), {
    command: words.map(([, now]) => now),
    environment: { AT: '/bin:/mnt/raw' },
    directory: '/archive/toxd',
    inputs: ['/mnt/raw/x.mtz', { path: 'y', sha256: 'a' }],
    outputs: [{ path: '/scratch/run/out' }],
  });
});

test('what was recorded after the move, or of a directory that came back, is as it was', () => {
  const request = { directory: '/home/ada/toxd', command: ['ls', '/raw'] };
  assert.deepEqual(asMoved(request, moves, 25), { directory: '/home/ada/toxd', command: ['ls', '/mnt/raw'] });
  assert.equal(asMoved(request, moves, 41), request);
  const back = [{ from: '/raw', to: '/raw', until: 50 }];
  assert.equal(asMoved(request, back, 10), request);
});

test('of two directories that were at one path, the one that was there is meant', () => {
  const both = [
    { from: '/d', to: '/first', until: 20 },
    { from: '/d', to: '/second', until: 30 },
  ];
  const at = (recordedAt: number) => asMoved({ directory: '/d/x' }, both, recordedAt).directory;
  assert.deepEqual([at(10), at(20), at(21), at(31)], ['/first/x', '/first/x', '/second/x', '/d/x']);
});
