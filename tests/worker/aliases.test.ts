/** A worker that has registered directories in folders of its own. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { mountsOf, type Offer, offerHere, pathHere, pathThere, textThere } from '@labkeep/client';
import { Bench, outputOf } from './support/bench.ts';

const directories = [
  { alias: 'DATA', path: '/srv/data' },
  { alias: 'RAW', path: '/srv/data/raw' },
];

test('a job runs in the folders of this machine, and its outputs are told in the paths of the server', async (t) => {
  const bench = await Bench.open(t);
  mkdirSync(bench.path('mnt/run'), { recursive: true });
  writeFileSync(bench.path('mnt/in'), 'as it was read\n');
  const job = bench.server.submit({
    directories,
    command: [
      'sh',
      '-c',
      'pwd; echo "$AT" "$1"; cat /srv/data/in > made; cp made /srv/data/out',
      'sh',
      '--to=/srv/data/x',
    ],
    directory: '/srv/data/run',
    environment: { AT: '/usr/bin:/srv/data' },
    outputs: [{ path: '/srv/data/out' }, { path: 'made' }, { path: '/srv/data/never' }],
  });
  await bench.started({ aliases: new Map([['DATA', bench.path('mnt')]]) });
  const report = await bench.ended(job);
  assert.equal(report.outcome, 'succeeded');
  const mnt = bench.path('mnt');
  assert.equal(outputOf(job).toString(), `${mnt}/run\n/usr/bin:${mnt} --to=${mnt}/x\n`);
  const sha256 = createHash('sha256').update('as it was read\n').digest('hex');
  assert.deepEqual(report.outputs, [
    { path: '/srv/data/out', size: 15, sha256 },
    { path: 'made', size: 15, sha256 },
  ]);
  assert.equal(readFileSync(bench.path('mnt/out'), 'utf8'), 'as it was read\n');
});

test('a worker asks for the directories that it has elsewhere, and for none if it has none', async (t) => {
  const bench = await Bench.open(t);
  const aliasesAsked = (): readonly unknown[] =>
    bench.server.calledWith('claim').map(({ body }) => body.aliases);
  const plain = await bench.started();
  await bench.ended(bench.server.submit({ command: ['true'] }));
  await plain.stop();
  const before = aliasesAsked();
  assert.ok(before.length > 0 && before.every((aliases) => aliases === undefined));
  await bench.started({ aliases: new Map([['DATA', bench.folder]]) });
  await bench.ended(bench.server.submit({ command: ['true'] }));
  assert.deepEqual(aliasesAsked()[before.length], ['DATA']);
});

test('what a handler names by a path of this machine is told in the path of the server', async (t) => {
  const bench = await Bench.open(t);
  writeFileSync(bench.path('out'), '');
  const worker = bench.worker({ aliases: new Map([['DATA', bench.folder]]) });
  worker.handle('make', () => ({ outputs: [bench.path('out'), { path: bench.path('told'), size: 3 }] }));
  await worker.start();
  const job = bench.server.submit({ directories, task: 'make', command: null });
  const { outputs = [] } = await bench.ended(job);
  assert.deepEqual(
    outputs.map((file) => (typeof file === 'string' ? file : file.path)),
    ['/srv/data/told', '/srv/data/out'],
  );
});

test('whole paths are meant, and of two that hold one the inner', () => {
  const aliases = new Map([
    ['DATA', '/mnt/d'],
    ['RAW', '/scratch/raw'],
    ['NONE', '/nowhere'],
  ]);
  const mounts = mountsOf({ directories }, aliases);
  const words = [
    '/srv/data',
    '/srv/data/raw/1',
    '/srv/data/rawer',
    '/srv/database',
    '/mnt/srv/data',
    'a=/srv/data,b="/srv/data/raw"',
    'cat </srv/data/x>/srv/data/y',
    'srv/data',
  ];
  const offer = {
    command: words,
    environment: {},
    projectDirectory: null,
    directory: null,
  } as Partial<Offer>;
  assert.deepEqual(offerHere(offer as Offer, mounts).command, [
    '/mnt/d',
    '/scratch/raw/1',
    '/mnt/d/rawer',
    '/srv/database',
    '/mnt/srv/data',
    'a=/mnt/d,b="/scratch/raw"',
    'cat </mnt/d/x>/mnt/d/y',
    'srv/data',
  ]);
  for (const path of ['/srv/data', '/srv/data/raw/1', '/srv/database', 'made'])
    assert.equal(pathThere(pathHere(path, mounts), mounts), path);
  assert.deepEqual(
    offerHere(offer as Offer, mounts).command?.map((word) => textThere(word, mounts)),
    words,
  );
  assert.equal(pathHere('/srv/data/raw/1', mounts), '/scratch/raw/1');
});

test('a directory that is where the server has it, or that is the root, needs no other path', () => {
  const same = mountsOf({ directories }, new Map([['DATA', '/srv/data']]));
  const root = mountsOf({ directories: [{ alias: 'ALL', path: '/' }] }, new Map([['ALL', '/mnt']]));
  assert.deepEqual([same, root, mountsOf({}, new Map([['DATA', '/mnt']]))], [[], [], []]);
});
