import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, jobPath, ServerLab, type StorageKind } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

for (const storage of ['memory', 'sqlite'] as const satisfies readonly StorageKind[]) {
  test(`a project is made, read, listed, changed and deleted (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    const made = await lab.ok('POST', '/v1/projects', {
      body: {
        name: 'toxd',
        title: 'α-Dendrotoxin',
        directory: '/data/toxd',
        metadata: { cell: [73.58, 38.73, 23.19] },
      },
    });
    assert.match(made.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(made, {
      name: 'toxd',
      title: 'α-Dendrotoxin',
      directory: '/data/toxd',
      owner: 'admin',
      metadata: { cell: [73.58, 38.73, 23.19] },
      notes: '',
      createdAt: made.createdAt,
      revision: made.revision,
    });
    assert.deepEqual(await lab.ok('GET', '/v1/projects/toxd'), made);
    await lab.refused('project_exists', 'POST', '/v1/projects', { body: { name: 'toxd' } });
    const changed = await lab.ok('PATCH', '/v1/projects/toxd', { body: { directory: null } });
    assert.deepEqual({ ...changed, revision: 0 }, { ...made, directory: null, revision: 0 });

    await lab.project('abc');
    const first = await lab.ok('GET', '/v1/projects?limit=1');
    const second = await lab.ok('GET', `/v1/projects?limit=1&after=${encodeURIComponent(first.next)}`);
    assert.deepEqual([first.items[0].name, second.items[0].name, second.next], ['abc', 'toxd', null]);

    const { ref } = await lab.ok('POST', jobs, { body: { command: ['true'] } });
    await lab.refused('project_in_use', 'DELETE', '/v1/projects/toxd');
    await lab.ok('POST', `${jobPath(ref)}/cancel`);
    assert.equal((await lab.call('DELETE', '/v1/projects/toxd')).status, 204);
    await lab.refused('project_unknown', 'GET', '/v1/projects/toxd');
    await lab.refused('project_exists', 'POST', '/v1/projects', { body: { name: 'toxd' } });
  });

  test(`a job reads back as it was asked for (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    await lab.ok('POST', jobs, { body: { title: 'before' } });
    const asked = {
      task: 'refine',
      title: 'Refinement',
      command: ['refmac5', 'HKLIN', 'a b.mtz', ''],
      stdin: 'ncyc 10\nend\n',
      directory: '/data/toxd',
      environment: { CCP4_SCR: '/tmp' },
      parameters: { ncyc: 10 },
      inputs: ['in.mtz', { path: 'seq.pir', size: 12, sha256: 'a'.repeat(64) }],
      outputs: [{ path: 'out.mtz' }],
      priority: 5,
      queue: 'fast',
      after: [{ job: '1', on: 'any' }],
      notBefore: '2026-11-21T20:40:00+01:00',
      resources: { cpus: 4 },
      limits: { attemptMs: 60_000 },
      retry: { max: 2 },
      onLost: 'retry',
      metadata: { note: 'x' },
    };
    const job = await lab.ok('POST', jobs, { body: asked });
    assert.deepEqual(await lab.ok('GET', jobPath(job.ref)), job);
    const {
      task,
      title,
      command,
      stdin,
      directory,
      environment,
      parameters,
      priority,
      queue,
      resources,
      limits,
      onLost,
      metadata,
    } = asked;
    const kept = {
      task,
      title,
      command,
      stdin,
      directory,
      environment,
      parameters,
      priority,
      queue,
      resources,
      limits,
      onLost,
      metadata,
    };
    assert.deepEqual(pick(job, Object.keys(kept)), kept);
    assert.deepEqual(
      pick(job, [
        'ref',
        'project',
        'number',
        'parent',
        'owner',
        'state',
        'reason',
        'attempts',
        'exitCode',
        'rerunOf',
        'progress',
      ]),
      {
        ref: 'toxd/2',
        project: 'toxd',
        number: '2',
        parent: null,
        owner: 'admin',
        state: 'waiting',
        reason: 'dependency',
        attempts: 0,
        exitCode: null,
        rerunOf: null,
        progress: null,
      },
    );
    assert.deepEqual(job.inputs, [{ path: 'in.mtz' }, { path: 'seq.pir', size: 12, sha256: 'a'.repeat(64) }]);
    assert.deepEqual(job.after, [{ job: 'toxd/1', on: 'any' }]);
    assert.equal(job.notBefore, '2026-11-21T19:40:00.000Z');
    assert.deepEqual(job.retry, { max: 2, delayMs: 1_000, factor: 2, delayMsMax: 3_600_000 });
    assert.deepEqual(job.files.map((file: Body) => [file.role, file.path, file.size, file.attempt]).sort(), [
      ['input', 'in.mtz', null, null],
      ['input', 'seq.pir', 12, null],
      ['output', 'out.mtz', null, null],
    ]);
  });

  test(`a list of jobs is all or nothing, answers in order, and may name its own by index (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const body = {
      jobs: [{ command: ['a'] }, { command: ['b'], after: [{ job: 0 }] }, { command: ['c'], parent: null }],
    };
    const { items } = await lab.ok('POST', jobs, { body });
    assert.deepEqual(
      items.map((it: Body) => [it.ref, it.state, it.reason]),
      [
        ['toxd/1', 'ready', null],
        ['toxd/2', 'waiting', 'dependency'],
        ['toxd/3', 'ready', null],
      ],
    );
    assert.equal(items[0].command, undefined, 'a list shows the short form');
    assert.deepEqual((await lab.ok('GET', `${jobs}/2`)).after, [{ job: 'toxd/1', on: 'success' }]);
    await lab.refused('dependency_unknown', 'POST', jobs, {
      body: { jobs: [{ title: 'good' }, { after: [{ job: 'toxd/9' }] }] },
    });
    assert.equal((await lab.ok('GET', jobs)).items.length, 3);
  });

  test(`lists are paged, filtered and turned round (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    await lab.ok('POST', jobs, {
      body: { jobs: Array.from({ length: 25 }, (_, index) => ({ title: `t${index}`, command: ['x'] })) },
    });
    for (const number of [3, 7, 11]) await lab.ok('POST', `${jobs}/${number}/cancel`);
    await lab.ok('POST', jobs, { body: { parent: '5', command: ['x'] } });
    const numbers = async (query: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let after = ''; ; ) {
        const page = await lab.ok('GET', `${jobs}?${query}${after}`);
        seen.push(...page.items.map((it: Body) => it.number));
        if (page.next === null) return seen;
        after = `&after=${encodeURIComponent(page.next)}`;
      }
    };
    const all = [...Array.from({ length: 25 }, (_, index) => String(index + 1)), '5.1'];
    assert.deepEqual(await numbers('limit=4'), all);
    assert.deepEqual(await numbers('limit=4&order=newest'), all.toReversed());
    assert.deepEqual(await numbers('limit=2&state=cancelled'), ['3', '7', '11']);
    assert.deepEqual(await numbers('limit=5&state=cancelled,ready'), all);
    assert.deepEqual(await numbers('parent=5'), ['5.1']);
    assert.deepEqual(await numbers('state=running'), []);
  });

  test(`a job runs: offer, confirm, progress, output, end; and each is to be seen (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const { ref, worker, attempt, epoch } = await lab.running('toxd');
    await lab.ok('POST', '/v1/attempts/renew', {
      body: { worker, progress: [{ attempt, epoch, fraction: 0.5, text: 'half' }] },
    });
    assert.deepEqual(pick((await lab.ok('GET', jobPath(ref))).progress, ['fraction', 'text']), {
      fraction: 0.5,
      text: 'half',
    });

    const bytes = Buffer.from('line 1\nü \u{1f9ec}\n');
    const chunks = [
      { stream: 'stdout', seq: 0, data: bytes.subarray(0, 9).toString('base64') },
      { stream: 'stderr', seq: 1, data: Buffer.from([0xff, 0x00]).toString('base64') },
      { stream: 'stdout', seq: 2, data: bytes.subarray(9).toString('base64') },
    ];
    const kept = await lab.ok('POST', '/v1/attempts/output', { body: { attempt, epoch, chunks } });
    assert.deepEqual(kept, { kept: bytes.length + 2, capped: false });
    assert.deepEqual(await lab.ok('POST', '/v1/attempts/output', { body: { attempt, epoch, chunks } }), kept);

    const open = await lab.ok('GET', `${jobPath(ref)}/log?limit=2`);
    assert.deepEqual([open.attempt, open.items.length, open.next, open.complete], [1, 2, 1, false]);
    const rest = await lab.ok('GET', `${jobPath(ref)}/log?after=${open.next}`);
    assert.deepEqual([rest.items.length, rest.next, rest.complete], [1, 2, false]);
    const none = await lab.ok('GET', `${jobPath(ref)}/log?after=2`);
    assert.deepEqual([none.items, none.next, none.complete], [[], 2, false]);

    const running = await lab.ok('GET', `${jobPath(ref)}/attempts`);
    assert.deepEqual(pick(running.items[0], ['attempt', 'epoch', 'finishedAt', 'outcome']), {
      attempt: 1,
      epoch,
      finishedAt: null,
      outcome: null,
    });

    const report = {
      attempts: [
        { attempt, epoch, outcome: 'failed', exitCode: 3, outputs: ['out.txt'], error: 'no such file' },
      ],
    };
    const finished = await lab.ok('POST', '/v1/attempts/finish', { body: report });
    assert.deepEqual(finished, { results: [{ attempt, applied: true, code: null }] });
    assert.deepEqual(
      await lab.ok('POST', '/v1/attempts/finish', { body: report }),
      finished,
      'repeating it is fine',
    );

    const job = await lab.ok('GET', jobPath(ref));
    assert.deepEqual(pick(job, ['state', 'reason', 'exitCode', 'attempts']), {
      state: 'failed',
      reason: 'exit_code',
      exitCode: 3,
      attempts: 1,
    });
    assert.deepEqual(pick(job.files[0], ['role', 'path', 'attempt']), {
      role: 'output',
      path: 'out.txt',
      attempt: 1,
    });
    assert.equal((await lab.ok('GET', `${jobPath(ref)}/files`)).items.length, 1);
    const ended = await lab.ok('GET', `${jobPath(ref)}/log`);
    assert.deepEqual([ended.items.length, ended.next, ended.complete], [3, null, true]);
    const text = await lab.call('GET', `${jobPath(ref)}/log?format=text`);
    assert.match(String(text.headers['content-type']), /^text\/plain/);
    const whole = Buffer.concat([bytes.subarray(0, 9), Buffer.from([0xff, 0x00]), bytes.subarray(9)]);
    assert.equal(text.text, whole.toString());
    const why = await lab.ok('GET', `${jobPath(ref)}/why`);
    assert.match(why.sentence, /toxd\/1 failed .*: the command ended with code 3\./);

    const retried = await lab.ok('POST', `${jobPath(ref)}/retry`);
    assert.equal(retried.state, 'ready');
    const rerun = await lab.ok('POST', `${jobPath(ref)}/rerun`, {
      body: { command: ['false'], priority: 7 },
    });
    assert.deepEqual(pick(rerun, ['ref', 'rerunOf', 'command', 'priority', 'state']), {
      ref: 'toxd/2',
      rerunOf: ref,
      command: ['false'],
      priority: 7,
      state: 'ready',
    });
  });

  test(`a draft is edited and submitted; what is submitted keeps its command (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const draft = await lab.ok('POST', jobs, { body: { command: ['a'], submit: false } });
    assert.equal(draft.state, 'draft');
    const edited = await lab.ok('PATCH', jobPath(draft.ref), {
      body: { command: ['b', 'c'], title: 'named', retry: { max: 1 } },
    });
    assert.deepEqual([edited.command, edited.title, edited.retry.max], [['b', 'c'], 'named', 1]);
    const submitted = await lab.ok('POST', `${jobPath(draft.ref)}/submit`);
    assert.deepEqual([submitted.state, submitted.command], ['ready', ['b', 'c']]);
    await lab.refused('state_conflict', 'PATCH', jobPath(draft.ref), { body: { command: ['d'] } });
    await lab.ok('PATCH', jobPath(draft.ref), { body: { priority: 9, title: null } });
    await lab.refused('state_conflict', 'POST', `${jobPath(draft.ref)}/submit`);
    await lab.refused('state_conflict', 'POST', `${jobPath(draft.ref)}/retry`);
    await lab.refused('state_conflict', 'POST', `${jobPath(draft.ref)}/release`);
    assert.equal((await lab.ok('POST', `${jobPath(draft.ref)}/cancel`)).state, 'cancelled');
    assert.equal(
      (await lab.ok('POST', `${jobPath(draft.ref)}/cancel`)).state,
      'cancelled',
      'cancelling twice is fine',
    );
  });

  test(`what is in the trash is not listed, and still read; what runs is not thrown away (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const { ref } = await lab.running('toxd');
    await lab.refused('state_conflict', 'DELETE', jobPath(ref));
    const waiting = await lab.ok('POST', jobs, { body: { command: ['x'] } });
    assert.equal((await lab.call('DELETE', jobPath(waiting.ref))).status, 204);
    assert.deepEqual(
      (await lab.ok('GET', jobs)).items.map((it: Body) => it.ref),
      [ref],
    );
    const read = await lab.ok('GET', jobPath(waiting.ref));
    assert.equal(read.state, 'cancelled');
    assert.notEqual(read.trashedAt, null);
  });
}

function pick(from: Body, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}
