import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWorker } from '../../src/core/dispatch/worker-id.ts';
import type { Claim } from '../../src/ports/records/workers.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { until } from '../support/until.ts';
import { type Body, jobPath, ServerLab, type StorageKind } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

async function worker(lab: ServerLab, name: string, token?: string): Promise<string> {
  const call = { body: { name } };
  return (await lab.ok('POST', '/v1/workers', token === undefined ? call : { ...call, token })).worker;
}

/** Remembers the claims that reach the storage, and may hold back their answers. */
class Watched {
  claims: Claim[] = [];
  after = async (): Promise<void> => undefined;

  around(storage: Storage): Storage {
    return {
      ...storage,
      claimJobs: async (claim) => {
        this.claims.push(claim);
        const answer = await storage.claimJobs(claim);
        await this.after();
        return answer;
      },
    };
  }
}

/** Waits for a fact, a turn of the event loop at a time. */
for (const storage of ['memory', 'sqlite'] as const satisfies readonly StorageKind[]) {
  test(`a claim that waits is answered as soon as there is work (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const claim = { worker: await worker(lab, 'w'), capacity: 2, held: [], waitMs: 60_000 };
    const waiting = lab.ok('POST', '/v1/claims', { body: claim });
    await until('1 wait', () => lab.useCases.waits().claims === 1);
    await lab.ok('POST', jobs, {
      body: { command: ['echo', 'hi'], environment: { A: '1' }, parameters: { x: [1] } },
    });
    const { offers, pollAfterMs, leaseMs } = await waiting;
    assert.equal(pollAfterMs, 0);
    assert.ok(leaseMs > 0);
    const [{ token, attempt, epoch, leaseMs: offerMs, ...offer }] = offers;
    assert.match(token, /^labkeep_attempt_/);
    assert.ok(typeof attempt === 'string' && Number.isInteger(epoch) && offerMs > 0);
    assert.deepEqual(offer, {
      job: 'toxd/1',
      attemptNumber: 1,
      project: 'toxd',
      projectDirectory: null,
      task: null,
      title: null,
      owner: 'admin',
      command: ['echo', 'hi'],
      stdin: null,
      directory: null,
      environment: { A: '1' },
      parameters: { x: [1] },
      inputs: [],
      outputs: [],
      limits: {},
      onLost: 'fail',
      metadata: null,
    });
  });

  test(`40 waiting workers get 40 jobs, one each, and no job twice (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const names = await Promise.all(Array.from({ length: 40 }, (_, index) => worker(lab, `w${index}`)));
    const waiting = names.map((it) =>
      lab.ok('POST', '/v1/claims', { body: { worker: it, capacity: 1, held: [], waitMs: 60_000 } }),
    );
    await until('40 wait', () => lab.useCases.waits().claims === 40);
    await lab.ok('POST', jobs, { body: { jobs: Array.from({ length: 40 }, () => ({ command: ['x'] })) } });
    const answers = await Promise.all(waiting);
    assert.deepEqual(
      answers.map((it) => it.offers.length),
      Array(40).fill(1),
    );
    assert.equal(new Set(answers.map((it) => it.offers[0].job)).size, 40);
  });
}

test('one job wakes no herd: of 200 alike that wait, a few are asked', async (t) => {
  const watched = new Watched();
  const lab = await ServerLab.open(t, { around: (storage) => watched.around(storage) });
  await lab.project();
  const names = await Promise.all(Array.from({ length: 200 }, (_, index) => worker(lab, `w${index}`)));
  const answered: string[] = [];
  const waiting = names.map(async (it) => {
    await lab.ok('POST', '/v1/claims', { body: { worker: it, capacity: 1, held: [], waitMs: 60_000 } });
    answered.push(it);
  });
  await until('200 wait', () => lab.useCases.waits().claims === 200 && watched.claims.length >= 200);
  watched.claims = [];
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  await until('one is answered', () => answered.length === 1);
  assert.ok(watched.claims.length < 40, `${watched.claims.length} claims for one job`);
  await lab.useCases.stop();
  await Promise.all(waiting);
  assert.equal(answered.length, 200);
});

test('a worker that may not serve the job does not keep it from one that may', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const ben = await lab.token('worker', 'ben');
  const first = await worker(lab, 'first', ben);
  const early = lab.ok('POST', '/v1/claims', {
    token: ben,
    body: { worker: first, capacity: 1, held: [], waitMs: 60_000 },
  });
  await until('1 wait', () => lab.useCases.waits().claims === 1);
  const second = await worker(lab, 'second');
  const late = lab.ok('POST', '/v1/claims', {
    body: { worker: second, capacity: 1, held: [], waitMs: 60_000 },
  });
  await until('2 wait', () => lab.useCases.waits().claims === 2);
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  assert.equal((await late).offers.length, 1);
  await lab.useCases.stop();
  assert.deepEqual((await early).offers, []);
});

test('work that comes while a claim is looking is not missed', async (t) => {
  const looked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const watched = new Watched();
  watched.after = async () => {
    // The storage has answered “nothing”, and the answer is under way.
    if (watched.claims.length > 1) return;
    looked.resolve();
    await go.promise;
  };
  const lab = await ServerLab.open(t, { around: (storage) => watched.around(storage) });
  await lab.project();
  const body = { worker: await worker(lab, 'w'), capacity: 1, held: [], waitMs: 60_000 };
  const waiting = lab.ok('POST', '/v1/claims', { body });
  await looked.promise;
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  go.resolve();
  assert.equal((await waiting).offers.length, 1);
  assert.deepEqual(
    watched.claims.map((claim) => claim.held),
    [[], null],
    'what it held is compared once',
  );
});

test('the time to wait ends with nothing, and asks to come back at once; without waiting, later', async (t) => {
  const lab = await ServerLab.open(t);
  const it = await worker(lab, 'w');
  const nothing = { offers: [], abandon: [], cancel: [], leaseMs: 60_000 };
  const waited = await lab.ok('POST', '/v1/claims', {
    body: { worker: it, capacity: 1, held: [], waitMs: 20 },
  });
  assert.deepEqual(waited, { ...nothing, pollAfterMs: 0 });
  const asked = await lab.ok('POST', '/v1/claims', { body: { worker: it, capacity: 1, held: [] } });
  const { pollAfterMs, ...rest } = asked;
  assert.deepEqual(rest, nothing);
  assert.ok(pollAfterMs >= 750 && pollAfterMs <= 1_250, `after ${pollAfterMs} ms`);
});

test('who waits for news only hears of a cancellation, and of no work', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const running = await lab.running('toxd');
  const held = [{ attempt: running.attempt, epoch: running.epoch, state: 'running' }];
  const body = { worker: running.worker, capacity: 0, held, waitMs: 60_000 };
  const waiting = lab.ok('POST', '/v1/claims', { token: running.workerToken, body });
  await until('1 wait', () => lab.useCases.waits().claims === 1);
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  const job = await lab.ok('POST', `${jobPath(running.ref)}/cancel`);
  assert.equal(job.state, 'running');
  assert.notEqual(job.cancelRequestedAt, null);
  const answer = await waiting;
  assert.deepEqual([answer.offers, answer.cancel], [[], [running.attempt]]);
  assert.ok(answer.pollAfterMs > 0, 'it is told again until the attempt has ended, so not at once');
});

test('a newer claim of a worker ends the older, which takes nothing', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const body = { worker: await worker(lab, 'w'), capacity: 1, held: [], waitMs: 60_000 };
  const older = lab.ok('POST', '/v1/claims', { body });
  await until('1 wait', () => lab.useCases.waits().claims === 1);
  const newer = lab.ok('POST', '/v1/claims', { body });
  assert.deepEqual((await older).offers, []);
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  assert.equal((await newer).offers.length, 1);
});

test('nobody ends the wait of another’s worker', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const body = { worker: await worker(lab, 'w'), capacity: 1, held: [], waitMs: 60_000 };
  const waiting = lab.ok('POST', '/v1/claims', { body });
  await until('1 wait', () => lab.useCases.waits().claims === 1);
  await lab.refused('worker_unknown', 'POST', '/v1/claims', {
    token: await lab.token('worker', 'eve'),
    body,
  });
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  assert.equal((await waiting).offers.length, 1);
});

test('a client that goes away waits no longer, and takes no job with it', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const base = await lab.listen();
  const token = await lab.token('admin');
  const abort = new AbortController();
  const body = { worker: await worker(lab, 'w'), capacity: 1, held: [], waitMs: 60_000 };
  const waiting = fetch(`${base}/v1/claims`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: abort.signal,
  });
  await until('1 wait', () => lab.useCases.waits().claims === 1);
  abort.abort();
  await assert.rejects(waiting);
  await until('nobody waits', () => lab.useCases.waits().claims === 0);
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  assert.equal((await lab.ok('GET', `${jobs}/1`)).state, 'ready');
});

test('more waiting claims than there is room for are told to come back', async (t) => {
  const lab = await ServerLab.open(t, { waitingClaims: 1 });
  const body = { capacity: 1, held: [], waitMs: 60_000 };
  const first = lab.ok('POST', '/v1/claims', { body: { ...body, worker: await worker(lab, 'a') } });
  await until('1 wait', () => lab.useCases.waits().claims === 1);
  const second = await lab.call('POST', '/v1/claims', { body: { ...body, worker: await worker(lab, 'b') } });
  assert.deepEqual([second.status, second.body.code], [429, 'too_many_requests']);
  const { pollAfterMs } = second.body;
  assert.ok(pollAfterMs >= 750 && pollAfterMs <= 1_260, `after ${pollAfterMs} ms`);
  assert.equal(second.headers['retry-after'], String(Math.ceil(pollAfterMs / 1_000)));
  const metrics = (await lab.call('GET', '/metrics')).text;
  assert.match(metrics, /^labkeep_waiting\{kind="claim"\} 1$/m);
  assert.match(metrics, /^labkeep_turned_away_total\{kind="claim"\} 1$/m);
  await lab.useCases.stop();
  await first;
});

test('claims, locks and streams together leave room for other requests', async (t) => {
  const lab = await ServerLab.open(t, { waitingInAll: 2 });
  const claim = async (name: string) => {
    const body = { worker: await worker(lab, name), capacity: 1, held: [], waitMs: 60_000 };
    return lab.call('POST', '/v1/claims', { body });
  };
  const first = [claim('a'), claim('b')];
  await until('2 wait', () => lab.useCases.waits().claims === 2);
  assert.equal((await claim('c')).body.code, 'too_many_requests');
  const stream = { headers: { accept: 'text/event-stream' } };
  assert.equal((await lab.call('GET', '/v1/events', stream)).body.code, 'too_many_requests');
  assert.equal((await lab.ok('GET', '/v1/health')).status, 'ok');
  assert.deepEqual(lab.useCases.waits().turnedAway, { claims: 1, locks: 0, streams: 1 });
  await lab.useCases.stop();
  await Promise.all(first);
});

test('claims that do not wait are told to come back at times of their own, later the more there are', async (t) => {
  const lab = await ServerLab.open(t);
  const body = { worker: await worker(lab, 'a'), capacity: 1, held: [] };
  // All ask at one instant, however fast this machine is.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const told = await Promise.all(
    Array.from({ length: 2_000 }, async () => {
      const { pollAfterMs }: Body = await lab.useCases.claimJobs(
        { principal: { name: 'admin', grants: [{ role: 'admin', project: null }], attempt: null } },
        { ...body, worker: readWorker(body.worker), waitMs: 0 },
      );
      return pollAfterMs;
    }),
  );
  assert.ok(Math.min(...told) >= 750, `${Math.min(...told)} ms is too soon`);
  assert.ok(Math.max(...told) > 2_000, `${Math.max(...told)} ms`);
  assert.ok(new Set(told).size > 1_000, 'hardly any two at the same time');
});

for (const storage of ['memory', 'sqlite'] as const)
  test(`${storage}: a job that was found for a client that is gone goes to another at once`, async (t) => {
    const gone = new AbortController();
    const around = (bare: Storage): Storage => ({
      ...bare,
      claimJobs: async (claim) => {
        const answer = await bare.claimJobs(claim);
        if (answer.offers.length > 0) gone.abort();
        return answer;
      },
    });
    const lab = await ServerLab.open(t, { storage, around });
    await lab.project();
    const caller = {
      principal: { name: 'admin', grants: [{ role: 'admin', project: null }], attempt: null },
    } as const;
    const claim = async (name: string, signal?: AbortSignal) => {
      const id = readWorker(await worker(lab, name));
      return lab.useCases.claimJobs(caller, { worker: id, capacity: 1, held: [], waitMs: 60_000 }, signal);
    };
    const leaving = claim('a', gone.signal);
    await until('1 wait', () => lab.useCases.waits().claims === 1);
    const staying = claim('b');
    await until('2 wait', () => lab.useCases.waits().claims === 2);
    await lab.ok('POST', '/v1/projects/toxd/jobs', { body: { command: ['x'] } });
    assert.deepEqual((await leaving).offers, []);
    const [offer] = (await staying).offers;
    assert.equal(offer?.attemptNumber, 1, 'what went back was not counted');
  });

test('with 1,000 idle claims and streams open the server closes at once, and answers them', async (t) => {
  const lab = await ServerLab.open(t);
  const base = await lab.listen();
  const token = await lab.token('admin');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const names = await Promise.all(Array.from({ length: 1_000 }, (_, index) => worker(lab, `w${index}`)));
  const claims = names.map(async (it): Promise<Body> => {
    const body = JSON.stringify({ worker: it, capacity: 1, held: [], waitMs: 60_000 });
    const response = await fetch(`${base}/v1/claims`, { method: 'POST', headers, body });
    return [response.status, await response.json()];
  });
  const streams = Array.from({ length: 20 }, async () => {
    const response = await fetch(`${base}/v1/events`, {
      headers: { ...headers, accept: 'text/event-stream' },
    });
    return response.text();
  });
  await until(
    '1,000 wait',
    () => lab.useCases.waits().claims === 1_000 && lab.useCases.waits().streams === 20,
  );
  const began = performance.now();
  await lab.http.close();
  const tookMs = performance.now() - began;
  assert.ok(tookMs < 5_000, `closing took ${tookMs} ms`);
  for (const [status, answer] of await Promise.all(claims))
    assert.deepEqual([status, answer.offers], [200, []]);
  for (const text of await Promise.all(streams)) assert.match(text, /^id: /);
});
