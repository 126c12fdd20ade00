/** A job for each file or line, below one parent, as typed by a person. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Job, type JobList, LabkeepClient } from '@labkeep/client';
import { readDiscovery } from '../../src/daemon/discovery.ts';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(home.path('toxd', 'data'), { recursive: true });
  for (const name of ['run10.txt', 'run2.txt', 'run1.txt', 'a b.txt', 'other.dat'])
    writeFileSync(home.path('toxd', 'data', name), `${name}\n`);
  server = await home.up(['--slots', '3']);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const here = (args: readonly string[], input = ''): Promise<Ended> => home.call(args, { cwd: folder, input });
const parsed = <T>(ended: Ended): T => JSON.parse(ended.stdout) as T;

function client(): LabkeepClient {
  const found = readDiscovery(home.path('data', 'server.json'));
  assert.ok(found);
  const token = readFileSync(home.path('data', 'token'), 'utf8').trim();
  return new LabkeepClient({ url: found.url, token });
}

async function childrenOf(job: Job): Promise<JobList['items']> {
  return (await client().jobs.list(job.project, { parent: job.number, limit: 1_000 })).items;
}

test('each file that matches is a child of one parent, which ends with the last', async () => {
  const ended = await here([
    'submit',
    '--wait',
    '--each',
    'data/*.txt',
    '--',
    'sort',
    '{}',
    '-o',
    '{/.}.out',
  ]);
  assert.deepEqual([ended.code, ended.stdout], [0, 'toxd/1\n']);
  assert.match(ended.stderr, /labkeep: toxd\/1 succeeded; 4 succeeded\n$/);
  const parent = parsed<Job>(await here(['show', '--json', '1']));
  assert.deepEqual(
    [parent.title, parent.command, parent.children],
    ["sort '{}' -o '{/.}.out'", null, { open: 0, succeeded: 4, failed: 0, cancelled: 0 }],
  );
  const children = await Promise.all((await childrenOf(parent)).map(({ ref }) => client().jobs.get(ref)));
  assert.deepEqual(
    children.map(({ command }) => command),
    [
      ['sort', 'data/a b.txt', '-o', 'a b.out'],
      ['sort', 'data/run1.txt', '-o', 'run1.out'],
      ['sort', 'data/run2.txt', '-o', 'run2.out'],
      ['sort', 'data/run10.txt', '-o', 'run10.out'],
    ],
  );
  assert.deepEqual(children[1]?.inputs, [{ path: home.path('toxd', 'data', 'run1.txt') }]);
  assert.equal(readFileSync(home.path('toxd', 'a b.out'), 'utf8'), 'a b.txt\n');
});

test('each line is a child; at most so many are at work at one time', async () => {
  const log = home.path('toxd', 'log.txt');
  const script = `echo start $1 >> ${log}; sleep 0.05; echo end $1 >> ${log}; exit $2`;
  const command = ['sh', '-c', script, 'sh', '{#}', '{}'];
  const ended = await here(
    [
      'submit',
      '--wait',
      '--json',
      '--title',
      'Lines',
      '--at-once',
      '1',
      '--each-line',
      '-',
      '--',
      ...command,
    ],
    '0\n3\r\n\n0\n',
  );
  const job = parsed<Job>(ended);
  assert.deepEqual([ended.code, job.state, job.title, job.atOnce], [1, 'failed', 'Lines', 1]);
  assert.deepEqual(job.children, { open: 0, succeeded: 2, failed: 1, cancelled: 0 });
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  for (let at = 0; at < lines.length; at += 2)
    assert.equal(lines[at + 1], lines[at]?.replace('start', 'end'), 'one ends before the next begins');
  assert.match(
    (await here(['show', job.ref])).stdout,
    / {2}At once {5}1 child\n {2}Children {4}2 succeeded, 1 failed\n/,
  );
  const tried = await here(['retry', '--where', `state:failed`, '--dry-run']);
  assert.deepEqual(
    [tried.code, tried.stdout],
    [0, `${job.ref}  refused: state_conflict\n${job.ref}.2\n`],
    'a parent without work of its own is not tried again itself',
  );
});

test('the log of a parent is what its children wrote, in their order', async () => {
  const args = ['submit', '--wait', '--each-line', '-', '--', 'echo', '{#}', '{}'];
  const ref = (await here(args, 'zinc\nlead\n')).stdout.trim();
  const log = await here(['log', ref]);
  assert.deepEqual([log.code, log.stdout], [0, '1 zinc\n2 lead\n']);
  assert.match(
    log.stderr,
    new RegExp(`^labkeep: ${ref}\\.1 succeeded, .*\nlabkeep: ${ref}\\.2 succeeded, .*\n$`),
  );
});

test('the log of a parent is followed through its children, until the last has ended', async () => {
  const parent = await client().jobs.submit('toxd', { command: null });
  const one = await client().jobs.submit('toxd', {
    parent: parent.number,
    command: ['echo', 'one'],
    hold: true,
  });
  await client().jobs.submit('toxd', { parent: parent.number, command: ['echo', 'two'] });
  const followed = here(['log', '--follow', parent.ref]);
  while ((await client().jobs.get(`${parent.ref}.2`)).state !== 'succeeded') await delay(20);
  await client().jobs.act(one.ref, 'release');
  const { code, stdout, stderr } = await followed;
  assert.deepEqual([code, stdout.split('\n').sort()], [0, ['', 'one', 'two']]);
  assert.match(stderr, new RegExp(`labkeep: ${parent.ref} succeeded\n$`));
});

const refusals: readonly {
  readonly args: readonly string[];
  readonly lines: readonly string[];
  input?: string;
}[] = [
  {
    args: ['--each', 'none/*.txt', '--', 'sort', '{}'],
    lines: [
      `labkeep: No file matches none/*.txt in ${folder}.`,
      '  Look with ls; the pattern stands in quotes, so that the shell leaves it alone.',
    ],
  },
  {
    args: ['--each', 'data/a b.txt', 'data/run1.txt', '--', 'sort', '{}'],
    lines: [
      'labkeep: The shell has put files in the place of the pattern.',
      "  Write it in quotes: labkeep submit --each 'data/*.mtz' -- PROGRAM {}.",
    ],
  },
  {
    args: ['--each', 'data/*.txt', '--', 'sort'],
    lines: [
      'labkeep: The command does not say where the item belongs.',
      "  Write {} there: labkeep submit --each 'data/*.mtz' -- PROGRAM {}. {/} is its name without folders, {.} without ending, {/.} without both, {#} its number.",
    ],
  },
  {
    args: ['--each', 'data/*.txt', '--each-line', '-', '--', 'sort', '{}'],
    lines: ['labkeep: Both --each and --each-line are given.', '  Leave one of them out.'],
  },
  {
    args: ['--at-once', '2', '--', 'true'],
    lines: [
      'labkeep: --at-once is for arrays.',
      "  Say what the children are made for: --each 'data/*.mtz', or --each-line FILE.",
    ],
  },
  {
    args: ['--each-line', '-', '--', 'echo', '{}'],
    input: '\n \n',
    lines: ['labkeep: The file - of --each-line has no lines.', '  Write one item a line.'],
  },
  {
    args: ['--each-line', '-', '--', 'echo', '{}'],
    input: 'x\n'.repeat(100_001),
    lines: [
      'labkeep: The file - of --each-line has 100,001 lines.',
      '  An array has at most 100,000 children: split the file.',
    ],
  },
  {
    args: ['--each-line', 'none.txt', '--', 'echo', '{}'],
    lines: [
      'labkeep: The file none.txt of --each-line cannot be read: no such file or folder (ENOENT).',
      '  Name another file.',
    ],
  },
];

test('what can be no array is refused, and nothing is submitted', async () => {
  const before = (await client().jobs.list('toxd', { order: 'newest', limit: 1 })).items[0]?.ref;
  for (const { args, lines, input } of refusals) {
    const ended = await here(['submit', ...args], input);
    assert.deepEqual(ended, { code: 2, stdout: '', stderr: `${lines.join('\n')}\n` });
  }
  assert.equal((await client().jobs.list('toxd', { order: 'newest', limit: 1 })).items[0]?.ref, before);
});

test('an array that is repeated under its key is there once', async () => {
  const args = ['submit', '--key', 'k1', '--hold', '--each-line', '-', '--', 'echo', '{}'];
  const lines = Array.from({ length: 2_500 }, (_, index) => `line ${index}`).join('\n');
  const first = await here(args, lines);
  const ref = first.stdout.trim();
  assert.deepEqual(
    [first.code, first.stderr],
    [0, `labkeep: ${ref}, 2500 jobs; if this is interrupted, the same command with --key k1 goes on\n`],
  );
  const second = await here(args, lines);
  assert.deepEqual([second.code, second.stdout], [0, `${ref}\n`]);
  const parent = await client().jobs.get(ref);
  assert.deepEqual([parent.state, parent.children?.open], ['running', 2_500]);
  const other = await here(args, `${lines}\nmore`);
  assert.deepEqual([other.code, other.stdout], [5, '']);
  assert.match(other.stderr, /2000 of 2501 jobs are below .*\n.*idempotency key/s);
  await here(['cancel', ref]);
});

test('an array that was interrupted goes on where it was', async () => {
  // As it is left when the command is killed after the first request: a draft with children.
  const key = 'k2';
  const lines = Array.from({ length: 1_200 }, (_, index) => `${index}`);
  const child = (line: string) => ({
    command: ['echo', line],
    title: `echo ${line}`,
    hold: true,
  });
  const parent = await client().jobs.submit(
    'toxd',
    { title: "echo '{}'", submit: false },
    { idempotencyKey: `${key} parent` },
  );
  await client().jobs.submitMany(
    'toxd',
    lines.slice(0, 1_000).map((line) => ({ ...child(line), parent: parent.number })),
    { idempotencyKey: `${key} from 0` },
  );
  assert.equal((await client().jobs.get(parent.ref)).state, 'draft');
  const ended = await here(
    ['submit', '--key', key, '--hold', '--each-line', '-', '--', 'echo', '{}'],
    lines.join('\n'),
  );
  assert.deepEqual([ended.code, ended.stdout], [0, `${parent.ref}\n`]);
  const whole = await client().jobs.get(parent.ref);
  assert.deepEqual([whole.state, whole.children?.open], ['running', 1_200]);
  await here(['cancel', parent.ref]);
});

test('files that jobs read and write are named with --in and --out, also for each item', async () => {
  const made = await here([
    ...['submit', '--json', '--wait', '--each', 'data/run?.txt', '--out', '{/.}.sorted'],
    ...['--', 'sort', '{}', '-o', '{/.}.sorted'],
  ]);
  assert.equal(made.code, 0, made.stderr);
  const children = await childrenOf(parsed<Job>(made));
  const used = parsed<Job>(
    await here([
      'submit',
      '--json',
      '--wait',
      '--in',
      'run1.sorted',
      '--out',
      'all',
      '--',
      'cp',
      'run1.sorted',
      'all',
    ]),
  );
  const files = await client().jobs.files(used.ref);
  assert.deepEqual(
    files.items.map(({ role, path, madeBy }) => [role, path, madeBy?.ref]),
    [
      ['input', `${folder}/run1.sorted`, children[0]?.ref],
      ['output', `${folder}/all`, undefined],
      ['output', `${folder}/all`, undefined],
    ],
  );
});
