/** What a person does to jobs: edit, submit, hold, release, trash. */
import assert from 'node:assert/strict';
import type { JobAct, JobChanges } from '../../src/ports/storage.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf } from './lab.ts';

export function manualActs(harness: Harness): void {
  const when = casesFor(harness);

  when('a draft is submitted, and its time limits begin', async (lab) => {
    await lab.submit({ submit: false, limits: { startWithinMs: 5000 } });
    await lab.pass(10_000);
    const [job] = await lab.act('submit', '1');
    assert.deepEqual([job?.state, job?.submittedAt, job?.revision], ['ready', lab.clock.now(), 2]);
    await lab.pass(4999);
    assert.equal(await lab.state('1'), 'ready');
    await lab.pass(1);
    assert.equal(await lab.state('1'), 'expired/start_time_limit');
  });

  when('a held draft waits, once submitted, until it is released', async (lab) => {
    await lab.submitAll([
      { submit: false, hold: true },
      { submit: false, hold: true },
    ]);
    await lab.act('submit', '1');
    assert.equal(await lab.state('1'), 'waiting/held');
    await lab.act('release', '1', '2');
    assert.deepEqual(await lab.states('1', '2'), ['ready', 'draft']);
    await lab.act('submit', '2');
    assert.equal(await lab.state('2'), 'ready');
  });

  when('a held job is not handed out, until it is released', async (lab) => {
    const node = await lab.worker();
    await lab.submit();
    const [held] = await lab.act('hold', '1');
    assert.deepEqual([held?.state, held?.reason, held?.revision], ['waiting', 'held', 2]);
    assert.deepEqual(await node.offers(1), []);
    const [freed] = await lab.act('release', '1');
    assert.deepEqual([freed?.state, freed?.reason, freed?.revision], ['ready', null, 3]);
    assert.equal((await node.offers(1)).length, 1);
  });

  when('holding twice is holding once', async (lab) => {
    await lab.submit();
    await lab.act('hold', '1');
    await lab.changesNothing(() => lab.act('hold', '1'));
  });

  when('a held job stays held when what it waited for is there', async (lab) => {
    await lab.submit();
    await lab.submit({ after: [{ job: '1', on: 'any' }], notBefore: lab.clock.now() + 10 });
    await lab.act('hold', '2');
    assert.equal(await lab.state('2'), 'waiting/held');
    await lab.act('cancel', '1');
    lab.clock.advance(10);
    await lab.changesNothing(() => lab.storage.sweep());
    await lab.act('release', '2');
    assert.equal(await lab.state('2'), 'ready');
  });

  when('a released job waits for what else is missing', async (lab) => {
    await lab.submit();
    await lab.submitAll([{ hold: true, after: [{ job: 'toxd/1' }] }]);
    await lab.act('release', '2');
    assert.equal(await lab.state('2'), 'waiting/dependency');
  });

  const refusals: readonly { state: string; reach: (lab: Lab) => Promise<unknown>; acts: JobAct[] }[] = [
    { state: 'a draft', reach: (lab) => lab.submit({ submit: false }), acts: ['hold', 'release', 'retry'] },
    {
      state: 'a waiting job',
      reach: (lab) => lab.submit({ notBefore: 1e13 }),
      acts: ['submit', 'release', 'retry'],
    },
    { state: 'a ready job', reach: (lab) => lab.submit(), acts: ['submit', 'release', 'retry'] },
    { state: 'an offered job', reach: reachOffered, acts: ['submit', 'hold', 'release', 'retry'] },
    { state: 'a running job', reach: reachRunning, acts: ['submit', 'hold', 'release', 'retry', 'trash'] },
    { state: 'a lost job', reach: reachLost, acts: ['submit', 'hold', 'release', 'retry'] },
    {
      state: 'a job that succeeded',
      reach: reachEnd('succeeded'),
      acts: ['submit', 'hold', 'release', 'cancel', 'retry'],
    },
    { state: 'a job that failed', reach: reachEnd('failed'), acts: ['submit', 'hold', 'release', 'cancel'] },
    { state: 'a cancelled job', reach: reachEnd('cancelled'), acts: ['submit', 'hold', 'release'] },
  ];
  for (const { state, reach, acts } of refusals)
    when(`${state} is refused to ${acts.join(', ')}`, async (lab) => {
      await reach(lab);
      for (const act of acts) {
        const fault = await lab.refuses('state_conflict', () => lab.act(act, '1'));
        assert.notEqual(fault.said.found, undefined, 'the fault tells the state that was found');
      }
    });

  when('an act on several jobs is done on all or none', async (lab) => {
    await lab.submitAll([{}, {}, { submit: false }]);
    await lab.refuses('state_conflict', () => lab.act('hold', '1', '2', '3'));
    await lab.refuses('job_unknown', () => lab.act('hold', '1', '2', '4'));
    await lab.refuses('state_conflict', () => lab.act('submit', '3', '1'));
    const events = await lab.eventsOf(() => lab.act('hold', '2', '1'));
    assert.deepEqual(
      events.map(({ type, actor, jobs }) => [type, actor, jobs.map(({ ref }) => ref)]),
      [['jobs.changed', 'ada', ['toxd/2', 'toxd/1']]],
    );
  });

  when('an act answers with the jobs in the order in which they were named', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const jobs = await lab.act('hold', '3', '1');
    assert.deepEqual(
      jobs.map(({ number, state }) => [number, state]),
      [
        ['3', 'waiting'],
        ['1', 'waiting'],
      ],
    );
  });

  when('trashing an unfinished job cancels it first', async (lab) => {
    await lab.submitAll([{}, { hold: true }, { submit: false }, {}]);
    await reachOfferedOf(lab);
    const events = await lab.eventsOf(() => lab.act('trash', '1', '2', '3', '4'));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['jobs.ended', 'jobs.trashed'],
    );
    for (const number of ['1', '2', '3', '4']) {
      const job = await lab.job(number);
      assert.deepEqual([job.state, job.reason, job.trashedAt], ['cancelled', 'requested', lab.clock.now()]);
    }
    assert.deepEqual(await lab.list(), []);
  });

  when('trashing raises the revision, and trashing again changes nothing', async (lab) => {
    await lab.submit();
    await lab.act('cancel', '1');
    const { revision } = await lab.job('1');
    const [job] = await lab.act('trash', '1');
    assert.equal(job?.revision, revision + 1);
    await lab.changesNothing(() => lab.act('trash', '1'));
  });

  when('a job that is named twice in one act is moved once', async (lab) => {
    await lab.submitAll([{ submit: false }, {}]);
    const events = await lab.eventsOf(() => lab.act('submit', '1', '1'));
    assert.deepEqual(
      events.map(({ jobs }) => jobs),
      [[{ ref: 'toxd/1', state: 'ready', revision: 2 }]],
    );
    const moved = await lab.act('trash', '2', '2');
    assert.deepEqual(
      moved.map(({ number, state, revision }) => [number, state, revision]),
      [
        ['2', 'cancelled', 3],
        ['2', 'cancelled', 3],
      ],
    );
    await lab.act('cancel', '1');
    await lab.act('retry', '1', '1');
    assert.equal((await lab.job('1')).revision, 4);
  });

  when('a job in the trash is not retried', async (lab) => {
    await lab.submit();
    await lab.act('trash', '1');
    await lab.refuses('state_conflict', () => lab.act('retry', '1'));
  });

  const edit = (lab: Lab, changes: JobChanges, revision: number | null = null, ref = '1') =>
    lab.storage.editJob({ by: ada, place: placeOf(ref), revision, changes });

  when('title and metadata are edited in any state', async (lab) => {
    await reachEnd('failed')(lab);
    await lab.submit();
    for (const ref of ['1', '2']) {
      const before = await lab.job(ref);
      const after = await edit(lab, { title: 'New “title”', metadata: { a: [1] } }, before.revision, ref);
      assert.deepEqual(
        [after.title, after.revision, after.state],
        ['New “title”', before.revision + 1, before.state],
      );
      const job = await lab.job(ref);
      assert.deepEqual(job.document, { ...before.document, metadata: { a: [1] } });
      await edit(lab, { title: null, metadata: null }, null, ref);
      const last = await lab.job(ref);
      assert.deepEqual([last.title, last.document.metadata], [null, null]);
    }
  });

  when('an edit that changes nothing leaves the revision, and is no event', async (lab) => {
    await lab.submit({ title: 'Old', priority: 3, metadata: { a: [1] }, submit: false });
    const same = { title: 'Old', priority: 3, metadata: { a: [1] }, document: { command: ['true'] } };
    for (const changes of [{}, same]) await lab.changesNothing(() => edit(lab, changes, 1));
    await lab.refuses('revision_stale', () => edit(lab, {}, 2));
    await lab.act('cancel', '1');
    await lab.changesNothing(() => edit(lab, { title: 'Old' }));
  });

  when('an edit leaves alone what it does not name', async (lab) => {
    await lab.submit({ title: 'kept', metadata: [1], priority: 3, submit: false, directory: '/kept' });
    await edit(lab, { priority: 4 });
    await edit(lab, { document: { command: ['false'] } });
    const job = await lab.job('1');
    assert.deepEqual([job.title, job.priority, job.revision], ['kept', 4, 3]);
    assert.deepEqual(
      [job.document.metadata, job.document.directory, job.document.command],
      [[1], '/kept', ['false']],
    );
  });

  when('the whole of a draft can be edited', async (lab) => {
    await lab.submit({ submit: false, inputs: ['old.in'], outputs: ['old.out'] });
    const document = {
      command: ['sleep', '1'],
      stdin: 'x',
      directory: '/new',
      environment: { A: 'b' },
      parameters: [1],
      inputs: [{ path: 'new.in', size: 3 }],
      outputs: [{ path: 'new.out' }],
      notBefore: lab.clock.now() + 50,
      resources: { cpus: 1 },
      limits: { attemptMs: 2000 },
      retry: { max: 1, delayMs: 0, factor: 1, delayMsMax: 0 },
      onLost: 'retry',
    } as const;
    await edit(lab, { document });
    const job = await lab.job('1');
    assert.deepEqual(job.document, { ...document, after: [], metadata: null });
    assert.deepEqual(
      job.files.map(({ role, path }) => [role, path]),
      [
        ['input', 'new.in'],
        ['output', 'new.out'],
      ],
    );
    await lab.act('submit', '1');
    assert.equal(await lab.state('1'), 'waiting/time');
    lab.clock.advance(50);
    await lab.storage.sweep();
    const node = await lab.worker();
    const first = await lab.started(node);
    assert.deepEqual(first.document.command, ['sleep', '1']);
    await lab.pass(2000);
    assert.equal(await lab.state('1'), 'running/attempt_time_limit', 'the new time limit holds');
    await node.finish(first, 'cancelled');
    assert.equal(await lab.state('1'), 'ready', 'and the new retry');
  });

  when('what a submitted job runs is not edited', async (lab) => {
    await lab.submit();
    await lab.refuses('state_conflict', () => edit(lab, { document: { command: ['false'] } }));
    await lab.refuses('state_conflict', () => edit(lab, { title: 'x', document: { onLost: 'ask' } }));
  });

  when('an edit of an older revision is refused, with the current one', async (lab) => {
    await lab.submit();
    await edit(lab, { title: 'a' }, 1);
    const fault = await lab.refuses('revision_stale', () => edit(lab, { title: 'b' }, 1));
    assert.deepEqual([fault.said.field, fault.said.found, fault.said.expected], ['revision', 1, '2']);
    await edit(lab, { title: 'b' }, 2);
  });

  when('a job that does not exist is not edited or moved', async (lab) => {
    await lab.refuses('job_unknown', () => edit(lab, { title: 'x' }));
    for (const act of ['submit', 'cancel', 'retry', 'hold', 'release', 'trash'] as const)
      await lab.refuses('job_unknown', () => lab.act(act, '1'));
  });

  when('an edit is told in an event', async (lab) => {
    await lab.submit();
    const events = await lab.eventsOf(() => edit(lab, { title: 'x' }));
    assert.deepEqual(
      events.map(({ type, actor, jobs }) => ({ type, actor, jobs })),
      [{ type: 'jobs.changed', actor: 'ada', jobs: [{ ref: 'toxd/1', state: 'ready', revision: 2 }] }],
    );
  });

  when('a new priority moves a job before or behind others of its age', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    await edit(lab, { priority: 1 }, null, '3');
    await edit(lab, { priority: -1 }, null, '1');
    const node = await lab.worker();
    const offers = await node.offers(3);
    assert.deepEqual(
      offers.map(({ number }) => number),
      ['3', '2', '1'],
    );
  });

  when('a waiting job takes its new priority along when it becomes ready', async (lab) => {
    await lab.submitAll([{ hold: true }, {}]);
    await edit(lab, { priority: 1 });
    await lab.act('release', '1');
    const [first] = await (await lab.worker()).offers(1);
    assert.equal(first?.number, '1');
  });
}

async function reachOfferedOf(lab: Lab): Promise<void> {
  const offers = await (await lab.worker()).offers(1);
  assert.equal(offers.length, 1);
}

async function reachOffered(lab: Lab): Promise<void> {
  await lab.submit();
  await reachOfferedOf(lab);
}

async function reachRunning(lab: Lab): Promise<void> {
  await lab.submit();
  await lab.started(await lab.worker());
}

async function reachLost(lab: Lab): Promise<void> {
  await lab.submit({ onLost: 'ask' });
  const node = await lab.worker();
  await lab.started(node);
  await node.claim(0, []);
  assert.equal((await lab.job('1')).state, 'lost');
}

function reachEnd(end: 'succeeded' | 'failed' | 'cancelled') {
  return async (lab: Lab): Promise<void> => {
    await lab.submit();
    const node = await lab.worker();
    await node.finish(await lab.started(node), end);
    assert.equal((await lab.job('1')).state, end);
  };
}
