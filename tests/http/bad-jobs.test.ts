/** Jobs that cannot be taken, and what is said of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobPath, ServerLab } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

/** [what, body, code, field, found, expected] of one posted job. */
const badJobs: readonly (readonly [string, unknown, string, string, unknown, RegExp])[] = [
  ['a misspelt field', { prioritty: 3 }, 'unknown_field', 'prioritty', 'prioritty', /priority/],
  ['a field of nowhere', { zzzzzz: 3 }, 'unknown_field', 'zzzzzz', 'zzzzzz', /one of task/],
  [
    'a priority below the least',
    { priority: -101 },
    'invalid_field',
    'priority',
    -101,
    /integer from -100 to 100/,
  ],
  ['a huge priority', { priority: 1e300 }, 'invalid_field', 'priority', 1e300, /integer from -100 to 100/],
  [
    'a priority that is no integer',
    { priority: 1.5 },
    'invalid_field',
    'priority',
    1.5,
    /integer from -100 to 100/,
  ],
  ['a priority as text', { priority: '7' }, 'invalid_field', 'priority', '7', /integer/],
  [
    'a command as one text',
    { command: 'ls -l' },
    'invalid_field',
    'command',
    'ls -l',
    /list of 1 to 20000, or null/,
  ],
  ['an empty command', { command: [] }, 'invalid_field', 'command', 'a list of 0', /list of 1 to/],
  ['a program without a name', { command: [''] }, 'invalid_field', 'command', [''], /name of a program/],
  ['a word that is a number', { command: ['ls', 7] }, 'invalid_field', 'command[1]', 7, /text/],
  [
    'a title that is too long',
    { title: 'x'.repeat(1_001) },
    'invalid_field',
    'title',
    `${'x'.repeat(200)}…`,
    /at most 1000/,
  ],
  ['a NUL', { title: 'a\0b' }, 'invalid_field', 'title', 'a\0b', /without NUL/],
  ['half a character', { title: 'a\ud800b' }, 'invalid_field', 'title', 'a\ufffdb', /half characters/],
  [
    'NUL in free JSON',
    { metadata: { a: [{ b: 'x\0' }] } },
    'invalid_field',
    'metadata.a[0].b',
    'x\0',
    /without NUL/,
  ],
  [
    'a file without a path',
    { inputs: ['a', { size: 3 }] },
    'invalid_field',
    'inputs[1].path',
    undefined,
    /text of 1 to 4096/,
  ],
  [
    'a file of negative size',
    { inputs: [{ path: 'a', size: -1 }] },
    'invalid_field',
    'inputs[0].size',
    -1,
    /integer from 0/,
  ],
  [
    'a digest in capitals',
    { outputs: [{ path: 'a', sha256: 'A'.repeat(64) }] },
    'invalid_field',
    'outputs[0].sha256',
    'A'.repeat(64),
    /hexadecimal/,
  ],
  [
    'an unknown field of a file',
    { inputs: [{ path: 'a', sise: 1 }] },
    'unknown_field',
    'inputs[0].sise',
    'sise',
    /size/,
  ],
  ['a file that is a number', { inputs: [5] }, 'invalid_field', 'inputs[0]', 5, /text.*, or an object/],
  [
    'a time of no calendar',
    { notBefore: '2026-02-30T25:00:00Z' },
    'invalid_field',
    'notBefore',
    '2026-02-30T25:00:00Z',
    /a time such as/,
  ],
  [
    'a day that does not exist',
    { notBefore: '2026-02-31T00:00:00Z' },
    'invalid_field',
    'notBefore',
    '2026-02-31T00:00:00Z',
    /a time such as/,
  ],
  [
    'a time before all clocks',
    { notBefore: '1969-12-31T23:59:59Z' },
    'invalid_field',
    'notBefore',
    '1969-12-31T23:59:59Z',
    /after 1970/,
  ],
  ['a folder that is relative', { directory: 'run' }, 'invalid_field', 'directory', 'run', /absolute path/],
  ['a folder without a name', { directory: '' }, 'invalid_field', 'directory', '', /absolute path/],
  ['a time as a number', { notBefore: 5 }, 'invalid_field', 'notBefore', 5, /a time such as/],
  [
    'a limit of nothing',
    { limits: { attemptMs: 0 } },
    'invalid_field',
    'limits.attemptMs',
    0,
    /integer from 1/,
  ],
  [
    'a retry without end',
    { retry: { max: 1e9 } },
    'invalid_field',
    'retry.max',
    1e9,
    /integer from 0 to 1000/,
  ],
  ['another policy', { onLost: 'panic' }, 'invalid_field', 'onLost', 'panic', /retry, fail, ask/],
  ['a queue with a space', { queue: 'a b' }, 'invalid_field', 'queue', 'a b', /letter or digit/],
  ['an environment of numbers', { environment: { A: 1 } }, 'invalid_field', 'environment.A', 1, /text/],
  [
    'a variable without a good name',
    { environment: { 'A B': '1' } },
    'invalid_field',
    'environment',
    'A B',
    /letters/,
  ],
  ['a parent that is no number', { parent: 'x' }, 'invalid_field', 'parent', 'x', /reference such as/],
  ['a parent elsewhere', { parent: 'other/1' }, 'invalid_field', 'parent', 'other/1', /a job of toxd/],
  ['a parent that does not exist', { parent: '99' }, 'job_unknown', 'parent', '99', /job/],
  [
    'a dependency that does not exist',
    { after: [{ job: 'toxd/99' }] },
    'dependency_unknown',
    'after[0].job',
    'toxd/99',
    /job/,
  ],
  [
    'a dependency on nothing readable',
    { after: [{ job: 'x' }] },
    'invalid_field',
    'after[0].job',
    'x',
    /reference such as/,
  ],
  ['a dependency on itself', { after: [{ job: 0 }] }, 'dependency_cycle', 'after[0].job', 0, /another job/],
  ['a dependency on an index', { after: [{ job: 1 }] }, 'dependency_unknown', 'after[0].job', 1, /reference/],
  [
    'a dependency of no kind',
    { after: [{ job: 'toxd/1', on: 'luck' }] },
    'invalid_field',
    'after[0].on',
    'luck',
    /success, failure, any/,
  ],
];

test('what is wrong with a job is told by field, with what was found and what was expected', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const before = (await lab.ok('GET', '/v1/events')).asOf;
  for (const [what, body, code, field, found, expected] of badJobs) {
    const alone = await lab.refused(code, 'POST', jobs, { body });
    assert.equal(alone.field, field, what);
    assert.deepEqual(alone.found, found, what);
    assert.match(alone.expected ?? alone.detail, expected, what);
  }
  assert.equal((await lab.ok('GET', '/v1/events')).asOf, before, 'a refused job left something behind');
});

test('in a list of jobs the field says which of them is meant', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  for (const [what, body, code, field] of badJobs) {
    if (code === 'dependency_cycle' || field === 'parent') continue;
    const among = await lab.refused(
      code === 'dependency_unknown' && what.endsWith('index') ? 'dependency_cycle' : code,
      'POST',
      jobs,
      {
        body: { jobs: [{ title: 'good' }, body] },
      },
    );
    assert.match(among.field, /^jobs\[1\]\./, what);
    if (among.code !== 'dependency_cycle') assert.equal(among.field, `jobs[1].${field}`, what);
  }
  assert.equal((await lab.ok('GET', jobs)).items.length, 0);
});

test('a list of jobs is judged as a list: empty, too long, not a list, with a field of its own', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  assert.equal((await lab.refused('invalid_field', 'POST', jobs, { body: { jobs: [] } })).field, 'jobs');
  assert.equal(
    (await lab.refused('invalid_field', 'POST', jobs, { body: { jobs: Array(1_001).fill({}) } })).found,
    'a list of 1001',
  );
  assert.equal((await lab.refused('invalid_field', 'POST', jobs, { body: { jobs: 'x' } })).field, 'jobs');
  assert.equal(
    (await lab.refused('unknown_field', 'POST', jobs, { body: { jobs: [{}], title: 'x' } })).field,
    'title',
  );
  assert.equal((await lab.refused('invalid_field', 'POST', jobs, { body: [{}] })).field, undefined);
  assert.equal((await lab.refused('invalid_field', 'POST', jobs, { body: '"text"' })).found, 'text');
});

test('jobs that wait for each other in a circle are refused, with the circle', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const circle = [{ after: [{ job: 2 }] }, { after: [{ job: 0 }] }, { after: [{ job: 1 }] }];
  const refusal = await lab.refused('dependency_cycle', 'POST', jobs, { body: { jobs: circle } });
  assert.match(refusal.field, /^jobs\[\d\]\.after$/);
  assert.equal(refusal.found.length, 4);
  assert.equal(refusal.found[0], refusal.found[3]);
  await lab.refused('dependency_unknown', 'POST', jobs, { body: { jobs: [{ after: [{ job: 5 }] }] } });
});

test('titles keep quotes, lines and emoji as they came; 100,000 characters are too many', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const title = `"it's" <b>&amp;</b>\n\tnext line \u{1f9ec}\u{200d} ü \\ \u2028`;
  const job = await lab.ok('POST', jobs, {
    body: { title, metadata: { [title]: [title, null, 1.5e-7, true] } },
  });
  assert.equal(job.title, title);
  const read = await lab.ok('GET', jobPath(job.ref));
  assert.equal(read.title, title);
  assert.deepEqual(read.metadata, { [title]: [title, null, 1.5e-7, true] });
  const refusal = await lab.refused('invalid_field', 'POST', jobs, { body: { title: 'ü'.repeat(100_000) } });
  assert.ok(JSON.stringify(refusal).length < 2_000, 'what was sent does not come back whole');
  assert.equal(
    (await lab.ok('POST', jobs, { body: { title: '\u{1f9ec}'.repeat(500) } })).title.length,
    1_000,
  );
});
