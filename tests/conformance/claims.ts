import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { Harness } from './harness.ts';
import { casesFor, elsewhere, type Lab, project } from './lab.ts';
import { held, type LabWorker, only } from './lab-worker.ts';

const minute = 60_000;

export function claims(harness: Harness): void {
  const when = casesFor(harness);

  when('an offer tells all that a worker needs', async (lab) => {
    await lab.createProject('other', '/data/other');
    const asked: JobRequest = {
      task: 'align',
      title: 'T',
      command: ['blastp', 'q'],
      environment: { A: 'b' },
    };
    const job = await lab.submit(asked, { project: 'other' });
    const node = await lab.worker();
    const offer = only(await node.offers(5));
    const { document } = await lab.job('other/1');
    const { attempt, epoch, ...rest } = offer;
    assert.deepEqual(rest, {
      jobId: job.id,
      project: 'other',
      number: '1',
      attemptNumber: 1,
      task: 'align',
      title: 'T',
      owner: 'ada',
      leaseMs: lab.durations.offerMs,
      document,
      projectDirectory: '/data/other',
    });
    assert.match(attempt, /^[0-9a-z]+-1$/);
    assert.ok(epoch > 0);
    const offered = await lab.job('other/1');
    assert.deepEqual([offered.state, offered.attempts, offered.startedAt], ['offered', 0, null]);
    assert.deepEqual(await lab.attempts('other/1'), [], 'an attempt is counted when it starts');
  });

  when('a claim takes no more than its capacity, and none takes a job twice', async (lab) => {
    await lab.submitAll([{}, {}, {}, {}, {}]);
    const one = await lab.worker();
    const two = await lab.worker({ name: 'node08' });
    const taken = [await one.offers(2), await two.offers(2), await one.offers(0), await one.offers(2)];
    assert.deepEqual(
      taken.map((offers) => offers.map(({ number }) => number)),
      [['1', '2'], ['3', '4'], [], ['5']],
    );
    assert.deepEqual(await two.offers(2), []);
  });

  when('jobs are handed out by priority and age: a step weighs a minute', async (lab) => {
    const submitAt = async (ms: number, request: JobRequest) => {
      lab.clock.set(ms);
      await lab.submit(request);
    };
    const start = lab.clock.now();
    await submitAt(start, { title: 'plain, old' });
    await submitAt(start + 1, { title: 'behind', priority: -1 });
    await submitAt(start + minute, { title: 'one step, one minute younger', priority: 1 });
    await submitAt(start + minute + 1, { title: 'one step, too young', priority: 1 });
    await submitAt(start + minute + 2, { title: 'first', priority: 2 });
    await submitAt(start + minute + 3, { title: 'last', priority: -100 });
    assert.deepEqual(await titlesOf(await lab.worker(), 9), [
      'first',
      'plain, old',
      'one step, one minute younger',
      'one step, too young',
      'behind',
      'last',
    ]);
  });

  when('age counts from when a job became ready', async (lab) => {
    await lab.submit({ title: 'was held', hold: true });
    lab.clock.advance(1);
    await lab.submit({ title: 'plain' });
    lab.clock.advance(1);
    await lab.act('release', '1');
    assert.deepEqual(await titlesOf(await lab.worker(), 2), ['plain', 'was held']);
  });

  when('what comes back from a worker that did nothing is as old as before', async (lab) => {
    const node = await lab.worker();
    await lab.submit({ title: 'offered' });
    await lab.submit({ title: 'returned' });
    const [offered, returned] = await node.offers(2);
    assert.ok(offered && returned);
    await node.confirm(returned);
    await lab.pass(1);
    await lab.submit({ title: 'younger' });
    await node.finish(returned, 'returned');
    await lab.pass(lab.durations.offerMs);
    assert.equal(await lab.state('1'), 'ready');
    assert.deepEqual(await titlesOf(node, 3), ['offered', 'returned', 'younger']);
  });

  when('an offer that comes back has the priority that it was given meanwhile', async (lab) => {
    const node = await lab.worker();
    await lab.submit({ title: 'lowered' });
    lab.clock.advance(minute);
    await lab.submit({ title: 'plain' });
    await node.offers(1);
    const changes = { priority: -2 };
    await lab.storage.editJob({
      by: { principal: 'ada' },
      place: { project: 'toxd', number: '1' },
      revision: null,
      changes,
    });
    await node.claim(0, []);
    assert.deepEqual(await titlesOf(node, 2), ['plain', 'lowered']);
  });

  when('an attempt that is tried again is as old as its last end', async (lab) => {
    const node = await lab.worker();
    await lab.submit({ title: 'again', retry: { max: 1, delayMs: 0 } });
    const first = await lab.started(node);
    lab.clock.advance(1);
    await lab.submit({ title: 'plain' });
    lab.clock.advance(1);
    await node.finish(first, 'failed');
    assert.deepEqual(await titlesOf(node, 2), ['plain', 'again']);
  });

  when('rank goes over all projects, queues, tasks and owners that a worker serves', async (lab) => {
    await lab.createProject('other');
    await lab.grant({ principal: 'bob' });
    const requests: [JobRequest, { project?: string; owner?: string }][] = [
      [{ title: 'a', priority: 1 }, {}],
      [{ title: 'b', priority: 5 }, { project: 'other' }],
      [{ title: 'c', priority: 3, queue: 'night' }, {}],
      [{ title: 'd', priority: 4, task: 'align' }, {}],
      [{ title: 'e', priority: 2 }, { owner: 'bob' }],
      [{ title: 'f', priority: 6, task: 'align', command: null }, {}],
    ];
    for (const [request, more] of requests) await lab.submit(request, more);
    const node = await lab.worker({ accept: ['bob'] });
    assert.deepEqual(await titlesOf(node, 4), ['f', 'b', 'd', 'c']);
    assert.deepEqual(await titlesOf(node, 4), ['e', 'a']);
  });

  when('a worker serves its own principal, and whom it accepts', async (lab) => {
    await lab.grant({ principal: 'bob' });
    await lab.submit({ title: 'ada’s' });
    await lab.submit({ title: 'bob’s' }, { owner: 'bob' });
    assert.deepEqual(await titlesOf(await lab.worker({ principal: 'carol' }), 9), []);
    assert.deepEqual(await titlesOf(await lab.worker({ principal: 'robot', accept: ['bob'] }), 9), ['bob’s']);
    assert.deepEqual(await titlesOf(await lab.worker({ principal: 'ada' }), 9), ['ada’s']);
  });

  const abilities: readonly { tasks: string[]; gets: string[] }[] = [
    { tasks: [], gets: ['command', 'named command', 'align', 'fold'] },
    { tasks: ['*'], gets: ['command', 'named command', 'align', 'fold'] },
    { tasks: ['command'], gets: ['command', 'named command'] },
    { tasks: ['align'], gets: ['named command', 'align'] },
    { tasks: ['command', 'fold'], gets: ['command', 'named command', 'fold'] },
    { tasks: ['other'], gets: [] },
  ];
  for (const { tasks, gets } of abilities)
    when(`a worker with tasks [${tasks.join(', ')}] gets: ${gets.join(', ') || 'nothing'}`, async (lab) => {
      await lab.submitAll([
        { title: 'command' },
        { title: 'named command', task: 'align' },
        { title: 'align', task: 'align', command: null },
        { title: 'fold', task: 'fold', command: null },
      ]);
      assert.deepEqual(await titlesOf(await lab.worker({ tasks }), 9), gets);
    });

  when('registering again gives the same worker, with what it can do now', async (lab) => {
    await lab.submit({ command: null, task: 'fold' });
    const before = await lab.worker({ tasks: ['align'] });
    assert.deepEqual(await before.offers(1), []);
    const after = await lab.worker({ tasks: ['fold'] });
    assert.equal(after.id, before.id);
    assert.notEqual((await lab.worker({ name: 'node08' })).id, before.id);
    assert.notEqual((await lab.worker({ principal: 'bob' })).id, before.id);
    assert.equal((await after.offers(1)).length, 1);
  });

  when('a worker that is not known, or is another’s, gets nothing', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const base = { capacity: 1, held: [], principal: 'ada' };
    await lab.refuses('worker_unknown', () => lab.storage.claimJobs({ ...base, worker: node.id + 1 }));
    await lab.refuses('worker_unknown', () =>
      lab.storage.claimJobs({ ...base, worker: node.id, principal: 'bob' }),
    );
  });

  when('epochs only rise, and are one for all that a claim hands out', async (lab) => {
    await lab.submitAll([{}, {}, {}, {}]);
    const one = await lab.worker();
    const two = await lab.worker({ name: 'node08' });
    const first = await one.offers(2);
    const second = await two.offers(1);
    const third = await one.offers(1);
    const [a, b, c, d] = [...first, ...second, ...third].map(({ epoch }) => epoch);
    assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
    assert.equal(a, b);
    assert.ok(b < c && c < d, `${b} < ${c} < ${d}`);
    assert.ok(a >= Math.floor(lab.clock.now() / 1000) * 2 ** 20, 'above what older incarnations gave');
  });

  when('an offer that the worker does not name goes back uncounted, and is offered anew', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const lost = only(await node.offers(1));
    const { offers, abandon } = await node.claim(1, []);
    const again = only(offers);
    assert.deepEqual(abandon, []);
    assert.equal(again.attempt, lost.attempt);
    assert.ok(again.epoch > lost.epoch);
    assert.equal((await lab.job('1')).attempts, 0);
    const { refused } = await node.confirm(lost);
    assert.deepEqual(refused, [{ attempt: lost.attempt, code: 'epoch_stale' }]);
  });

  when('an offer that the worker names stays with it', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    await lab.changesNothing(() => node.claim(1, [held(offer, 'offered')]));
  });

  when('a running attempt that the worker does not name is lost', async (lab) => {
    await lab.submitAll([{}, { onLost: 'retry', retry: { max: 1, delayMs: 0 } }, { onLost: 'ask' }]);
    const node = await lab.worker();
    await node.take(3);
    const { offers } = await node.claim(0, []);
    assert.deepEqual(offers, []);
    assert.deepEqual(await lab.states('1', '2', '3'), [
      'failed/worker_forgot',
      'ready',
      'lost/worker_forgot',
    ]);
    const [attempt] = await lab.attempts('1');
    assert.deepEqual(
      [attempt?.outcome, attempt?.reason, attempt?.finishedAt],
      ['lost', 'worker_forgot', lab.clock.now()],
    );
  });

  when('a claim that names all its attempts changes none of them', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    const [running, finished] = await node.take(2);
    assert.ok(running && finished);
    const answer = await lab.changesNothing(() =>
      node.claim(1, [held(running, 'running'), held(finished, 'finished')]),
    );
    assert.deepEqual([answer.abandon, answer.cancel], [[], []]);
  });

  when('a claim without a word on what is held compares nothing', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    await node.take(1);
    await node.offers(1);
    await lab.changesNothing(() => node.claim(1, null));
  });

  when('a worker is told to abandon what the record does not know under that epoch', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const node = await lab.worker();
    const other = await lab.worker({ name: 'node08' });
    const [offer, running] = [only(await node.offers(1)), await lab.started(node)];
    const foreign = await lab.started(other);
    await node.finish(running, 'succeeded');
    const { abandon } = await node.claim(0, [
      held(offer, 'offered'),
      held({ ...offer, epoch: offer.epoch - 1 }, 'running'),
      held(running, 'running'),
      held(foreign, 'running'),
      held({ attempt: 'zz-1', epoch: 1 }, 'running'),
    ]);
    assert.deepEqual(abandon, [offer.attempt, running.attempt, foreign.attempt, 'zz-1']);
    assert.deepEqual(await lab.states('1', '3'), ['offered', 'running']);
  });

  when('what is finished is not abandoned: its report is still to come', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const running = await lab.started(node);
    await node.claim(0, []);
    const { abandon } = await node.claim(0, [held(running, 'finished')]);
    assert.deepEqual(abandon, []);
  });

  when('a claim tells which attempts are to be cancelled', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    const [one, two] = await node.take(2);
    assert.ok(one && two);
    await lab.act('cancel', '2');
    const both = [held(one, 'running'), held(two, 'running')];
    assert.deepEqual((await node.claim(0, both)).cancel, [two.attempt]);
    assert.deepEqual((await node.claim(0, null)).cancel, [two.attempt]);
  });

  when('a lost attempt that the worker still has runs again', async (lab) => {
    await lab.submitAll([{ onLost: 'ask' }, { onLost: 'ask' }, { onLost: 'ask' }]);
    const node = await lab.worker();
    const [one, two, three] = await node.take(3);
    assert.ok(one && two && three);
    await node.claim(0, []);
    const { abandon } = await node.claim(0, [held(one, 'running'), held(two, 'finished')]);
    assert.deepEqual(abandon, []);
    assert.deepEqual(await lab.states('1', '2', '3'), [
      'running',
      'lost/worker_forgot',
      'lost/worker_forgot',
    ]);
    const job = await lab.job('1');
    assert.deepEqual([job.attempts, job.startedAt], [1, lab.clock.now()]);
  });

  when('a job whose owner may no longer run it is denied when it is to be handed out', async (lab) => {
    const token = await lab.grant({ principal: 'bob' });
    await lab.submitAll([{}, {}], { owner: 'bob' });
    const mine = await lab.submit({ priority: -1 });
    await lab.storage.revokeToken({ by: { principal: 'root' }, id: token });
    const node = await lab.worker({ accept: ['bob'] });
    const events = await lab.eventsOf(async () => {
      assert.equal(only(await node.offers(1)).number, mine.number, 'the next is looked at');
    });
    assert.deepEqual(await lab.states('1', '2'), ['denied/owner_refused', 'denied/owner_refused']);
    assert.deepEqual(events.map(({ type }) => type).sort(), ['jobs.ended', 'jobs.offered']);
  });

  const rights: readonly { name: string; token: Parameters<Lab['grant']>[0]; may: boolean }[] = [
    { name: 'a viewer’s token', token: { role: 'viewer' }, may: false },
    { name: 'a worker’s token', token: { role: 'worker' }, may: false },
    { name: 'a manager’s token', token: { role: 'manager' }, may: true },
    { name: 'a token for this project', token: { project }, may: true },
    { name: 'a token for another project', token: { project: elsewhere }, may: false },
    { name: 'a cookie', token: { use: 'cookie' }, may: false },
    { name: 'an expired token', token: { expiresInMs: 1 }, may: true },
  ];
  for (const { name, token, may } of rights)
    when(`jobs of an owner with ${name} alone are ${may ? 'handed out' : 'denied'}`, async (lab) => {
      await lab.createProject(elsewhere);
      await lab.grant({ ...token, principal: 'bob' });
      await lab.submit({}, { owner: 'bob' });
      lab.clock.advance(5);
      const offers = await (await lab.worker({ principal: 'bob' })).offers(1);
      assert.equal(offers.length, may ? 1 : 0);
      assert.equal((await lab.job('1')).state, may ? 'offered' : 'denied');
    });

  when('in process a claim may start at once', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const events = await lab.eventsOf(async () => {
      const claim = { worker: node.id, principal: 'ada', capacity: 2, held: null, startAtOnce: true };
      const offer = only((await lab.storage.claimJobs(claim)).offers);
      assert.equal(offer.attemptNumber, 1);
      assert.deepEqual((await node.confirm(offer)).start, [offer.attempt]);
      assert.equal((await node.finish(offer, 'succeeded')).applied, true);
    });
    assert.deepEqual(
      events.map(({ type }) => type),
      ['jobs.started', 'jobs.ended'],
    );
    assert.equal((await lab.job('1')).attempts, 1);
  });

  when(
    'a claim that was made before an attempt was known says nothing of it, however late it comes',
    async (lab) => {
      await lab.submitAll([{}, { onLost: 'retry' }]);
      const { epoch } = await lab.register();
      const node = await lab.worker();
      const offers = await node.take(2);
      await lab.changesNothing(() => node.claim(0, [], epoch));
      assert.deepEqual(await lab.states('1', '2'), ['running', 'running']);
      // Once the worker has been told of them, it has forgotten what it does not name.
      await node.claim(0, [], offers[0]?.epoch);
      assert.deepEqual(await lab.states('1', '2'), ['failed/worker_forgot', 'waiting/retry_delay']);
    },
  );

  when('a worker that begins anew knows from its registration what it should have heard of', async (lab) => {
    await lab.submit();
    await lab.started(await lab.worker());
    const { epoch } = await lab.register();
    await (await lab.worker()).claim(0, [], epoch);
    assert.equal(await lab.state('1'), 'failed/worker_forgot');
  });

  when('many jobs in many classes are handed out by rank, however they are spread', async (lab) => {
    const requests = Array.from({ length: 90 }, (_, index) => ({
      queue: `q${index % 30}`,
      priority: (index * 37) % 101,
      title: String((index * 37) % 101).padStart(3, '0'),
    }));
    await lab.submitAll(requests);
    const node = await lab.worker();
    const titles: string[] = [];
    for (let batch = 1; titles.length < 90; batch++) {
      const taken = await titlesOf(node, batch);
      assert.notEqual(taken.length, 0);
      titles.push(...taken);
    }
    assert.deepEqual(
      titles,
      requests
        .map(({ title }) => title)
        .sort()
        .reverse(),
    );
  });

  when('jobs of one class, taken one by one, keep their order among those of others', async (lab) => {
    const start = lab.clock.now();
    const submitAt = async (ms: number, title: string, priority = 0) => {
      lab.clock.set(start + ms);
      await lab.submit({ title, queue: title.slice(0, 1), priority });
    };
    for (const [ms, title] of [
      [0, 'a1'],
      [200, 'b1'],
      [400, 'a2'],
      [600, 'b2'],
      [5_000, 'a3'],
    ] as const)
      await submitAt(ms, title);
    const node = await lab.worker();
    const one = async () => (await titlesOf(node, 1)).join();
    assert.deepEqual([await one(), await one(), await one()], ['a1', 'b1', 'a2']);
    await submitAt(5_100, 'b3, urgent', 1);
    assert.deepEqual([await one(), await one(), await one(), await one()], ['b3, urgent', 'b2', 'a3', '']);
    await submitAt(5_200, 'a4');
    assert.deepEqual([await one(), await one()], ['a4', ''], 'a class without jobs gets some again');
    await submitAt(9_000, 'b4');
    assert.equal(await one(), 'b4');
  });
}

async function titlesOf(node: LabWorker, capacity: number): Promise<readonly string[]> {
  return (await node.offers(capacity)).map(({ title }) => title ?? '');
}
