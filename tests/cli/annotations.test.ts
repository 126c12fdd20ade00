/** What people and programs say of jobs, typed on the command line; templates, clones, differences. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Comment, Job, Template } from '@labkeep/client';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(folder);
  server = await home.up();
  assert.equal((await here(['submit', '--wait', '--', 'echo', 'one'])).code, 0);
  assert.equal((await here(['submit', '--wait', '--', 'sh', '-c', 'exit 3'])).code, 1);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const here = (args: readonly string[], input = ''): Promise<Ended> => home.call(args, { cwd: folder, input });
const parsed = <T>(ended: Ended): T => JSON.parse(ended.stdout) as T;

function program(name: string): string {
  const places = (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));
  return realpathSync(places.find((place) => existsSync(place)) ?? name);
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

async function prints(args: readonly string[], ...lines: readonly string[]): Promise<void> {
  const ended = await here(args);
  assert.deepEqual(ended, { code: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' });
}

async function refuses(args: readonly string[], code: number, ...lines: readonly string[]): Promise<void> {
  const stderr = lines.map((line) => `${line}\n`).join('');
  assert.deepEqual(await here(args), { code, stdout: '', stderr });
}

test('tags are given and taken, of several jobs at once', async () => {
  await prints(['tag', '1', '2', '+native', '+a b'], 'toxd/1  a b, native', 'toxd/2  a b, native');
  await prints(['tag', 'toxd/1', '+apo', '-native'], 'toxd/1  a b, apo');
  await prints(['tag', '--', '1', '-a b'], 'toxd/1  apo');
  await prints(['tag', '2', '-native', '-a b', '-none'], 'toxd/2');
  assert.deepEqual(parsed<Job>(await here(['tag', '2', '+x', '--json'])).tags, ['x']);
  await prints(['tag', '2', '-x'], 'toxd/2');
});

test('options of tag may stand anywhere; any other -word is a tag to take away', async () => {
  await prints(['tag', '2', '+q', '+project', '-p', 'toxd'], 'toxd/2  project, q');
  assert.deepEqual(parsed<Job>(await here(['tag', '2', '-project', '--project=toxd', '--json'])).tags, ['q']);
  assert.deepEqual(parsed<Job>(await here(['tag', '--json', '2', '--', '+z', '-p', '-q'])).tags, ['z']);
  await prints(['tag', '2', '-z'], 'toxd/2');
  await refuses(['tag', '2', '+a', '-p'], 2, 'labkeep: -p needs a value.', '  See labkeep help tag.');
  assert.match((await here(['tag', '2', '-h'])).stdout, /^Usage: labkeep tag /);
});

test('what is no tag is refused, with the next thing to try', async () => {
  const advice = '  Write them as +apo -native, after the jobs: labkeep tag 12 +apo.';
  await refuses(['tag', '1'], 2, 'labkeep: No tag is named.', advice);
  await refuses(
    ['tag', '1', '+a', '--native'],
    2,
    'labkeep: "--native" is neither a tag to give nor one to take away.',
    advice,
  );
  const ended = await here(['tag', '1', '+a,b']);
  assert.deepEqual([ended.code, ended.stdout], [2, '']);
  assert.match(ended.stderr, /field addTags\[0\], found "a,b", expected .* without commas/);
  await refuses(
    ['tag', '+a'],
    2,
    'labkeep: No job is named.',
    '  Name it as toxd/12, or 12; a program run by a worker, or by labkeep run, need not.',
  );
});

test('one job that is not there does not keep the others from being tagged', async () => {
  const ended = await here(['tag', '9', '1', '+last']);
  assert.deepEqual([ended.code, ended.stdout], [3, 'toxd/1  apo, last\n']);
  assert.match(ended.stderr, /There is no such job: toxd\/9/);
});

test('a job is given metadata, in place of what it had, and taken them', async () => {
  await prints(['set', '1', '--metadata', '{"crystal": "A3"}'], 'toxd/1  {"crystal":"A3"}');
  await prints(['set', '1', 'n=1', '--metadata', '[1]'], 'toxd/1  n 1  [1]');
  const piped = await here(['set', '1', 'n=', '--metadata', '-', '--json'], '{"a": null}');
  assert.deepEqual([parsed<Job>(piped).metadata, parsed<Job>(piped).numbers], [{ a: null }, {}]);
  await prints(['set', '1', '--metadata', 'null'], 'toxd/1  null');
  const wrong = await here(['set', '1', '--metadata', '{crystal: 1}']);
  assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
  assert.match(wrong.stderr, /^labkeep: The metadata is not JSON: .*\n {2}Write it as /);
  await refuses(
    ['set'],
    2,
    'labkeep: No number is given.',
    '  Write it as Rfree=0.21; NAME= takes a number away.',
  );
});

test('jobs are rated, and the rating is taken back', async () => {
  await prints(['rate', '1', '2', 'good'], 'toxd/1  good', 'toxd/2  good');
  await prints(['rate', '2', 'none'], 'toxd/2  none');
  await refuses(
    ['rate', '1', 'excellent'],
    2,
    'labkeep: "excellent" is not a rating.',
    '  The ratings are best, good, marginal, bad, or none.',
  );
  await refuses(
    ['rate', 'bad'],
    2,
    'labkeep: No job is named.',
    '  Name it before the rating: labkeep rate 12 bad.',
  );
});

test('numbers are set and taken away', async () => {
  await prints(['set', '1', 'Rfree=0.21', 'cc=-1e-3'], 'toxd/1  Rfree 0.21, cc -0.001');
  await prints(['set', '1', 'cc='], 'toxd/1  Rfree 0.21');
  const advice = '  Write it as Rfree=0.21; NAME= takes a number away.';
  await refuses(['set', '1'], 2, 'labkeep: No number is given.', advice);
  for (const text of ['abc', 'NaN', 'Infinity', '1e999', '0x10', '1,5', ' '])
    await refuses(
      ['set', '1', `Rfree=${text}`],
      2,
      `labkeep: ${JSON.stringify(text)}, the value of Rfree, is not a number.`,
      advice,
    );
  await refuses(['set', '1', '=1'], 2, 'labkeep: "=1" is not a name and a number.', advice);
});

test('a program that a worker runs says its own numbers, tags and comments', async () => {
  const script = `labkeep set Rfree=0.3 && labkeep tag +auto && labkeep comment "$LABKEEP_JOB" 'from the program'`;
  const ended = await here(['submit', '--wait', '--json', '--', 'sh', '-c', script]);
  const job = parsed<Job>(ended);
  assert.equal(job.state, 'succeeded', (await here(['log', job.ref])).stdout);
  assert.deepEqual([job.numbers, job.tags, job.comments], [{ Rfree: 0.3 }, ['auto'], 1]);
});

test('comments are written, printed, edited and removed', async () => {
  const written = await here(['comment', '1', 'A', '*good*', 'map']);
  const id = /comment (\d+) on toxd\/1/.exec(written.stderr)?.[1] ?? '';
  assert.deepEqual([written.code, written.stdout], [0, '']);
  await here(['comment', '1', '-'], 'two\n\nlines\n');
  const { stdout } = await here(['comment', '1']);
  assert.match(
    stdout,
    new RegExp(`^${id}  \\S+, \\d{4}-.*Z\\n  A \\*good\\* map\\n\\d+  .*\\n  two\\n\\n  lines\\n$`),
  );
  const edited = parsed<Comment>(await here(['comment', '1', '--json', '--edit', id, 'A bad map']));
  assert.deepEqual([edited.text, edited.editedAt === null], ['A bad map', false]);
  assert.deepEqual(await here(['comment', '1', '--remove', id]), { code: 0, stdout: '', stderr: '' });
  await refuses(
    ['comment', '1', '--remove', id],
    3,
    `labkeep: The job has no such comment: found ${id}.`,
    '  labkeep comment JOB shows those that there are.',
  );
  const empty = await here(['comment', '1', '-'], ' \n');
  assert.equal(empty.code, 2);
});

test('a comment of 10 MB is refused', async () => {
  const { code, stdout, stderr } = await here(['comment', '1', '-'], 'x'.repeat(10_000_000));
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /found "10000000 bytes", expected at most 65536 bytes/);
});

test('show tells what is said of a job', async () => {
  const { stdout } = await here(['show', '1']);
  assert.match(
    stdout,
    / {2}Rating {6}good\n {2}Tags {8}apo, last\n {2}Numbers {5}Rfree 0.21\n {2}Comments {4}1\n/,
  );
});

test('the differences of two jobs are printed side under side', async () => {
  const { code, stdout, stderr } = await here(['diff', '1', '2']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    stdout,
    `command
  - echo one
  + sh -c 'exit 3'
executable
  - ${program('echo')}
  + ${program('sh')}
executable.sha256
  - ${digestOf(program('echo'))}
  + ${digestOf(program('sh'))}
state
  - succeeded
  + failed
exitCode
  - 0
  + 3
numbers.Rfree
  - 0.21
  + nothing
`,
  );
  await here(['rerun', '1', '--wait']);
});

test('a job and itself do not differ', async () => {
  assert.deepEqual(await here(['diff', '1', '1']), {
    code: 0,
    stdout: '',
    stderr: 'labkeep: toxd/1 and toxd/1 do not differ\n',
  });
});

test('a clone is a draft, which can be submitted', async () => {
  const clone = await here(['clone', '--title', 'Again', '1', '--', 'echo', 'two']);
  const ref = clone.stdout.trim();
  assert.deepEqual(
    [clone.code, clone.stderr],
    [0, `labkeep: a draft of toxd/1; labkeep submit --draft ${ref} submits it\n`],
  );
  const draft = parsed<Job>(await here(['show', '--json', ref]));
  assert.deepEqual(
    [draft.state, draft.title, draft.command, draft.rerunOf],
    ['draft', 'Again', ['echo', 'two'], 'toxd/1'],
  );
  const ended = await here(['submit', '--draft', ref, '--wait']);
  assert.deepEqual([ended.code, ended.stdout], [0, `${ref}\n`]);
  assert.equal((await here(['submit', '--draft', ref])).code, 5);
  const both = await here(['submit', '--draft', ref, '--', 'x']);
  assert.deepEqual([both.code, both.stderr.split('\n')[0]], [2, 'labkeep: A draft has its command already.']);
});

test('a template is made of a job, listed, submitted with changes, and removed', async () => {
  const saved = await here(['template', 'save', 'echo', '1']);
  assert.deepEqual([saved.code, saved.stdout], [0, 'echo\n']);
  assert.match(
    (await here(['template', 'list'])).stdout,
    /^TEMPLATE {2}JOB +OWNER +CHANGED\necho +echo one +/,
  );
  const { job } = parsed<Template>(await here(['template', 'show', '--json', 'echo']));
  assert.deepEqual([job.command, job.title], [['echo', 'one'], 'echo one']);
  const same = parsed<Job>(await here(['submit', '--template', 'echo', '--wait', '--json']));
  assert.deepEqual([same.command, same.title, same.state], [['echo', 'one'], 'echo one', 'succeeded']);
  const changed = parsed<Job>(
    await here(['submit', '--json', '--template', 'echo', '--priority', '4', '--', 'echo', 'three']),
  );
  assert.deepEqual([changed.command, changed.title, changed.priority], [['echo', 'three'], 'echo three', 4]);
  assert.equal((await here(['template', 'remove', 'echo'])).code, 0);
  await refuses(
    ['submit', '--template', 'echo'],
    3,
    'labkeep: There is no such template: echo.',
    '  labkeep template list shows those that there are.',
  );
});

test('a project has notes', async () => {
  await refuses(['project', 'notes'], 0, 'labkeep: toxd has no notes yet; --set TEXT makes some');
  const written = await here(['project', 'notes', '--set', '-'], '# Toxin\n\tsecond\n');
  assert.deepEqual(written, { code: 0, stdout: '', stderr: 'labkeep: notes of toxd are kept\n' });
  await prints(['project', 'notes', 'toxd'], '# Toxin', '\tsecond');
});

test('jobs go to the trash, come back, and are purged for good', async () => {
  const [one = '', two = ''] = [
    (await here(['submit', '--hold', '--', 'true'])).stdout.trim(),
    (await here(['submit', '--hold', '--', 'true'])).stdout.trim(),
  ];
  await prints(['trash', one, two], one, two);
  assert.equal((await here(['jobs', '-n', '1000'])).stdout.includes(`${one} `), false);
  await prints(['untrash', one], one);
  await refuses(
    ['purge', one],
    5,
    `labkeep: Job ${one} cannot be purged: found "outside the trash", expected a job that is in the trash.`,
    '  labkeep show JOB tells its state, labkeep why JOB the reason.',
  );
  await prints(['trash', one], one);
  const after = (await here(['submit', '--hold', '--after', `${one}:any`, '--', 'true'])).stdout.trim();
  await refuses(
    ['purge', one],
    5,
    `labkeep: Other jobs rest on it: ${after}.`,
    '  Name them together: labkeep purge JOB…; a manager of the project may say --force.',
  );
  await prints(['purge', '--force', one, two], one, two);
  assert.equal((await here(['show', one])).code, 3);
  assert.notEqual((await here(['submit', '--hold', '--', 'true'])).stdout.trim(), one);
});
