import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { Harness } from './harness.ts';
import { casesFor, project } from './lab.ts';

const minute = 60_000;

export function jobsInsert(harness: Harness): void {
  const when = casesFor(harness);

  when('numbers run in each project, ids over all of them', async (lab) => {
    await lab.createProject('other');
    const first = await lab.submitAll([{}, {}]);
    const second = await lab.submitAll([{}], { project: 'other' });
    const third = await lab.submit();
    assert.deepEqual(
      [...first, ...second, third].map((job) => `${job.project}/${job.number}`),
      ['toxd/1', 'toxd/2', 'other/1', 'toxd/3'],
    );
    assert.deepEqual(
      [...first, ...second, third].map(({ id }) => id),
      [1, 2, 3, 4],
    );
  });

  when('children are numbered under their parent', async (lab) => {
    await lab.submit();
    const children = await lab.submitAll([{ parent: '1' }, { parent: '1' }]);
    const [grandchild] = await lab.submitAll([{ parent: '1.2' }]);
    const [last] = await lab.submitAll([{ parent: '1' }]);
    assert.deepEqual(
      children.map(({ number, parent }) => ({ number, parent })),
      [
        { number: '1.1', parent: '1' },
        { number: '1.2', parent: '1' },
      ],
    );
    assert.equal(grandchild?.number, '1.2.1');
    assert.equal(grandchild?.parent, '1.2');
    assert.equal(last?.number, '1.3');
    assert.equal((await lab.submit()).number, '2');
  });

  when('a job reads back as it was asked for', async (lab) => {
    const asked = {
      task: 'align',
      title: 'Ähnlich “≥ 90 %”',
      command: ['blastp', '-query', 'q.fa', '', 'sp ace', "quote'\\n"],
      stdin: 'eins\nzwei\n\tdrei 🧬\n',
      directory: '/data/run 1',
      environment: { OMP_NUM_THREADS: '4', EMPTY: '' },
      parameters: { depth: [[[]], { a: null }], number: 1.5e-7, text: '' },
      inputs: [{ path: 'q.fa', size: 12, sha256: 'a'.repeat(64) }, { path: 'db.fa' }],
      outputs: [{ path: 'out/hits.tsv' }],
      notBefore: lab.clock.now() + minute,
      resources: { cpus: 2 },
      limits: { startWithinMs: 10 * minute, attemptMs: minute, totalMs: 20 * minute },
      retry: { max: 2, delayMs: 500, factor: 1.5, delayMsMax: 9_000 },
      onLost: 'ask',
      metadata: ['free', { form: true }],
    } as const satisfies JobRequest;
    const { task, title, ...document } = asked;
    await lab.submit({ ...asked, priority: -7, queue: 'night' });
    const job = await lab.job('1');
    assert.deepEqual(job.document, { ...document, after: [] });
    assert.deepEqual([job.task, job.title, job.priority, job.queue], [task, title, -7, 'night']);
    assert.equal(job.progress, null);
    assert.deepEqual(
      job.files.map(({ role, path, size, sha256, attempt }) => ({ role, path, size, sha256, attempt })),
      [
        { role: 'input', path: 'q.fa', size: 12, sha256: 'a'.repeat(64), attempt: null },
        { role: 'input', path: 'db.fa', size: undefined, sha256: undefined, attempt: null },
        { role: 'output', path: 'out/hits.tsv', size: undefined, sha256: undefined, attempt: null },
      ],
    );
  });

  when('a plain job is ready at once, and its record is complete', async (lab) => {
    const now = lab.clock.now();
    const job = await lab.submit({ command: ['true'] }, { rerunOf: 'toxd/7' });
    const record = {
      id: 1,
      project,
      number: '1',
      parent: null,
      task: null,
      title: null,
      state: 'ready',
      reason: null,
      owner: 'ada',
      queue: 'default',
      priority: 0,
      createdAt: now,
      submittedAt: now,
      startedAt: null,
      finishedAt: null,
      cancelRequestedAt: null,
      trashedAt: null,
      exitCode: null,
      attempts: 0,
      revision: 1,
      rerunOf: 'toxd/7',
      origin: 'queued',
      rating: null,
      tags: [],
      numbers: {},
      comments: 0,
    } as const;
    assert.deepEqual(job, record);
    assert.deepEqual(await lab.list(), [record]);
    const { document, files, progress, ...shown } = await lab.job('1');
    assert.deepEqual(shown, { ...record, run: null, children: null, databases: [] });
    assert.deepEqual(document.command, ['true']);
    assert.deepEqual({ files, progress }, { files: [], progress: null });
  });

  when('where a job begins is decided by what it lacks', async (lab) => {
    const now = lab.clock.now();
    const jobs = await lab.submitAll([
      {},
      { submit: false },
      { submit: false, hold: true },
      { hold: true },
      { notBefore: now + 1 },
      { notBefore: now },
      { command: null },
      { command: null, task: 'align' },
      { hold: true, notBefore: now + 1, after: [{ job: 0 }] },
      { notBefore: now + 1, after: [{ job: 0 }] },
    ]);
    assert.deepEqual(
      jobs.map(({ state, reason }) => (reason === null ? state : `${state}/${reason}`)),
      [
        'ready',
        'draft',
        'draft',
        'waiting/held',
        'waiting/time',
        'ready',
        'waiting/children',
        'ready',
        'waiting/held',
        'waiting/dependency',
      ],
    );
    assert.deepEqual(
      jobs.map(({ submittedAt }) => submittedAt !== null),
      [true, false, false, true, true, true, true, true, true, true],
    );
  });

  when('a thousand jobs in one request are all there, in the order given', async (lab) => {
    const titles = Array.from({ length: 1000 }, (_, index) => `job ${index}`);
    const jobs = await lab.submitAll(titles.map((title) => ({ title })));
    assert.deepEqual(
      jobs.map(({ title }) => title),
      titles,
    );
    assert.deepEqual(
      jobs.map(({ number }) => number),
      titles.map((_, index) => String(index + 1)),
    );
    assert.deepEqual(await lab.list(), jobs);
  });

  when('one bad job refuses the whole request, and takes no number', async (lab) => {
    await lab.refuses('dependency_unknown', () => lab.submitAll([{}, {}, { after: [{ job: 'toxd/99' }] }]));
    await lab.refuses('job_unknown', () => lab.submitAll([{}, { parent: '99' }]));
    assert.equal((await lab.submit()).number, '1');
  });

  when('a number has sixteen parts at most, so that every job can be named', async (lab) => {
    let deepest = (await lab.submit()).number;
    for (let depth = 2; depth <= 16; depth++) deepest = (await lab.submit({ parent: deepest })).number;
    assert.equal((await lab.job(deepest)).number.split('.').length, 16);
    const fault = await lab.refuses('invalid_field', () => lab.submitAll([{}, { parent: deepest }]));
    assert.equal(fault.said.field, 'jobs[1].parent');
  });

  when('a project that does not exist takes no jobs', async (lab) => {
    await lab.refuses('project_unknown', () => lab.submit({}, { project: 'no-such' }));
  });

  when('a parent must exist before the request, in the same project', async (lab) => {
    await lab.createProject('other');
    await lab.submit({}, { project: 'other' });
    const fault = await lab.refuses('job_unknown', () => lab.submit({ parent: '1' }));
    assert.match(fault.said.field ?? '', /parent/);
    await lab.refuses('job_unknown', () => lab.submitAll([{ command: null }, { parent: '1' }]));
  });

  when('a job in the trash takes no children', async (lab) => {
    await lab.submitAll([{ command: null }, {}]);
    await lab.act('trash', '1', '2');
    await lab.refuses('state_conflict', () => lab.submit({ parent: '1' }));
    await lab.refuses('state_conflict', () => lab.submitAll([{}, { parent: '2' }]));
  });

  when('numbers of jobs in the trash are not given again', async (lab) => {
    await lab.submit({ command: null });
    await lab.submitAll([{ parent: '1' }, {}]);
    await lab.act('trash', '1.1', '2');
    assert.equal((await lab.submit()).number, '3');
    assert.equal((await lab.submit({ parent: '1' })).number, '1.2');
  });

  when('one event tells of all jobs of a request, as they were created', async (lab) => {
    const events = await lab.eventsOf(() => lab.submitAll([{}, { hold: true }, { submit: false }]));
    assert.deepEqual(
      events.map(({ type, actor, jobs }) => ({ type, actor, jobs })),
      [
        {
          type: 'jobs.created',
          actor: 'ada',
          jobs: [
            { ref: 'toxd/1', state: 'ready', revision: 1 },
            { ref: 'toxd/2', state: 'waiting', revision: 1 },
            { ref: 'toxd/3', state: 'draft', revision: 1 },
          ],
        },
      ],
    );
  });

  when('a request without jobs changes nothing', async (lab) => {
    assert.deepEqual(await lab.changesNothing(() => lab.submitAll([])), []);
  });

  when('an unknown job is not found', async (lab) => {
    await lab.submit();
    await lab.refuses('job_unknown', () => lab.job('2'));
    await lab.refuses('job_unknown', () => lab.job('1.1'));
    await lab.refuses('job_unknown', () => lab.attempts('2'));
    await lab.refuses('job_unknown', () => lab.storage.explainJob({ project, number: '2' }));
    await lab.refuses('job_unknown', () => lab.storage.listFiles({ project, number: '2', limit: 1 }));
    await lab.refuses('job_unknown', () =>
      lab.storage.readLog({ project, number: '2', attempt: null, after: -1, limit: 1 }),
    );
  });
}
