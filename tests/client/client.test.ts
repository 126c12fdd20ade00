import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabkeepClient, LabkeepError } from '@labkeep/client';
import { askedPauseMs } from '../../client/src/repetition.ts';
import { ServerLab } from '../http/server-lab.ts';
import { type Behaviour, flakyFetch } from './flaky-fetch.ts';

async function open(
  t: Parameters<typeof ServerLab.open>[0],
  behave?: Behaviour,
): Promise<{ lab: ServerLab; client: LabkeepClient; url: string }> {
  const lab = await ServerLab.open(t);
  const url = await lab.listen();
  const options = { url, token: await lab.token('admin', 'ana'), retry: { delayMs: 1, delayMsMax: 5 } };
  const client = new LabkeepClient(
    behave === undefined ? options : { ...options, fetch: flakyFetch(behave) },
  );
  return { lab, client, url };
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function refusal(promise: Promise<unknown>): Promise<LabkeepError> {
  const error: unknown = await promise.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LabkeepError, String(error));
  return error;
}

test('projects: create, list, go through, read, change, remove', async (t) => {
  const { client } = await open(t);
  for (const name of ['a', 'b', 'c']) await client.projects.create({ name, metadata: { n: 1 } });
  const page = await client.projects.list({ limit: 2 });
  assert.deepEqual(
    page.items.map((it) => it.name),
    ['a', 'b'],
  );
  const all = await collected(client.projects.each({ limit: 1 }));
  assert.deepEqual(
    all.map((it) => it.name),
    ['a', 'b', 'c'],
  );
  const { revision } = await client.projects.get('a');
  assert.equal((await client.projects.update('a', { title: 'A', revision })).title, 'A');
  await client.projects.remove('a');
  assert.equal((await refusal(client.projects.get('a'))).code, 'project_unknown');
});

test('jobs: submit, list, edit, act, rerun, why, log, files, attempts, remove', async (t) => {
  const { client } = await open(t);
  await client.projects.create({ name: 'p' });
  const job = await client.jobs.submit('p', { command: ['x'], inputs: ['in.mtz'] });
  const many = await client.jobs.submitMany('p', [
    { command: ['y'] },
    { command: ['z'], after: [{ job: 0 }] },
  ]);
  assert.deepEqual(
    many.map((it) => it.ref),
    ['p/2', 'p/3'],
  );
  const waiting = await collected(client.jobs.each('p', { state: ['waiting', 'running'], limit: 1 }));
  assert.deepEqual(
    waiting.map((it) => it.ref),
    ['p/3'],
  );
  assert.deepEqual((await client.jobs.list('p', { order: 'newest', limit: 1 })).items[0]?.ref, 'p/3');
  assert.equal((await client.jobs.edit(job.ref, { title: 'named' })).title, 'named');
  assert.equal((await client.jobs.act(job.ref, 'hold')).reason, 'held');
  assert.equal((await client.jobs.act(job.ref, 'release')).state, 'ready');
  assert.equal((await client.jobs.rerun(job.ref, { priority: 3 })).rerunOf, job.ref);
  assert.match((await client.jobs.why('p/3')).sentence, /p\/3 waits for p\/2/);
  assert.deepEqual(
    (await client.jobs.files(job.ref)).items.map((it) => it.path),
    ['in.mtz'],
  );
  assert.equal((await collected(client.jobs.eachFile(job.ref))).length, 1);
  assert.deepEqual((await client.jobs.attempts(job.ref)).items, []);
  assert.deepEqual((await client.jobs.log(job.ref)).items, []);
  await client.jobs.remove('p/3');
  assert.notEqual((await client.jobs.get('p/3')).trashedAt, null);
});

test('a worker’s round: register, claim, confirm, renew, write, finish', async (t) => {
  const { client } = await open(t);
  await client.projects.create({ name: 'p' });
  const { ref } = await client.jobs.submit('p', { command: ['x'] });
  const { worker } = await client.workers.register({ name: 'w', capacity: 2 });
  assert.deepEqual(
    (await collected(client.workers.each())).map((it) => [it.worker, it.name]),
    [[worker, 'w']],
  );
  const { offers } = await client.claims({ worker, capacity: 1, held: [], waitMs: 1_000 });
  const offer = offers[0] ?? assert.fail();
  assert.equal(offer.job, ref);
  const { attempt, epoch } = offer;
  assert.deepEqual(await client.attempts.confirm({ worker, attempts: [{ attempt, epoch }] }), {
    start: [attempt],
    refused: [],
  });
  assert.deepEqual(
    (await client.attempts.renew({ worker, progress: [{ attempt, epoch, fraction: 0.5 }] })).lost,
    [],
  );
  const data = Buffer.from('ü\n').toString('base64');
  await client.attempts.output({ attempt, epoch, chunks: [{ stream: 'stdout', seq: 0, data }] });
  const { results } = await client.attempts.finish({
    attempts: [{ attempt, epoch, outcome: 'succeeded', exitCode: 0 }],
  });
  assert.deepEqual(results, [{ attempt, applied: true, code: null }]);
  assert.equal(await client.jobs.logText(ref), 'ü\n');
  assert.equal((await client.jobs.get(ref)).state, 'succeeded');
});

test('tokens, health and who asks', async (t) => {
  const { client, url } = await open(t);
  const made = await client.tokens.create({ name: 'ben', role: 'viewer' });
  const ben = new LabkeepClient({ url, token: made.token });
  assert.deepEqual(await ben.me(), { principal: 'ben', grants: [{ role: 'viewer', project: null }] });
  assert.ok((await collected(client.tokens.each())).some((it) => it.id === made.id));
  await client.tokens.revoke(made.id);
  assert.equal((await refusal(ben.me())).code, 'token_revoked');
  assert.equal((await new LabkeepClient({ url }).health()).status, 'ok');
});

test('a refusal carries all that the server said', async (t) => {
  const { client } = await open(t);
  await client.projects.create({ name: 'p' });
  const error = await refusal(client.jobs.submitMany('p', [{}, { priority: 1_000 }]));
  assert.deepEqual(
    [error.code, error.status, error.field, error.found, error.expected],
    ['invalid_field', 400, 'jobs[1].priority', 1_000, 'an integer from -100 to 100'],
  );
  assert.ok(error.advice !== null && error.message === error.detail);
  assert.equal((await refusal(client.jobs.get('p/1'))).status, 404);
  assert.throws(() => client.jobs.get('nonsense'), { code: 'invalid_field' });
});

test('an answer that got lost is fetched again, and the act is done once', async (t) => {
  let lost = 0;
  const { client } = await open(t, async (pass) => {
    const response = await pass();
    if (lost++ % 2 === 0) throw new TypeError('fetch failed: the answer was lost');
    return response;
  });
  await client.projects.create({ name: 'p' });
  const job = await client.jobs.submit('p', { command: ['x'] });
  assert.equal(job.ref, 'p/1');
  await client.jobs.act(job.ref, 'cancel');
  assert.equal((await client.jobs.act(job.ref, 'retry')).state, 'ready');
  assert.equal((await client.jobs.list('p')).items.length, 1);
});

test('a busy server is asked again when it says, and no later than the time allows', async (t) => {
  let busy = 2;
  const { client } = await open(t, async (pass) =>
    busy-- > 0
      ? new Response('{"code":"stopping","detail":"x"}', { status: 503, headers: { 'retry-after': '0' } })
      : pass(),
  );
  assert.equal((await client.me()).principal, 'ana');
  busy = Number.POSITIVE_INFINITY;
  const error = await refusal(client.me({ retryForMs: 30 }));
  assert.deepEqual([error.code, error.status, error.retryAfterMs], ['stopping', 503, 0]);
});

test('a claim is tried once: what is held must be said anew', async (t) => {
  let tries = 0;
  const { client } = await open(t, async () => {
    tries++;
    throw new TypeError('fetch failed');
  });
  const error = await refusal(client.claims({ worker: 'w1', capacity: 1, held: [] }));
  assert.deepEqual([error.code, error.status, tries], ['server_away', null, 1]);
});

test('a refusal by rule is not repeated', async (t) => {
  let tries = 0;
  const { client } = await open(t, async (pass) => {
    tries++;
    return pass();
  });
  assert.equal((await refusal(client.projects.get('nix'))).code, 'project_unknown');
  assert.equal(tries, 1);
});

test('with several addresses the next is tried when one is away', async (t) => {
  const { url, lab } = await open(t);
  const urls = ['http://127.0.0.1:1', `${url}/`];
  const client = new LabkeepClient({ urls, token: await lab.token('viewer'), retry: { delayMs: 1 } });
  assert.equal((await client.me()).principal, 'viewer');
  const away = new LabkeepClient({ url: 'http://127.0.0.1:1', retry: { forMs: 0 } });
  assert.equal((await refusal(away.health())).code, 'server_away');
});

test('with several addresses a server that has no room is left for the next', async (t) => {
  const { url, lab } = await open(t);
  const asked: string[] = [];
  const client = new LabkeepClient({
    urls: ['http://full', url],
    token: await lab.token('viewer'),
    fetch: async (input, init) => {
      asked.push(new URL(String(input)).host);
      if (!String(input).startsWith('http://full')) return fetch(input, init);
      const headers = { 'retry-after': '60' };
      return new Response('{"code":"too_many_requests","detail":"x"}', { status: 429, headers });
    },
  });
  assert.equal((await client.me()).principal, 'viewer');
  assert.deepEqual(asked, ['full', new URL(url).host]);
});

test('whoever is told when to come back comes then or later, and not at one time with all others', () => {
  const refusal = new LabkeepError({ code: 'too_many_requests', detail: 'x', retryAfterMs: 1_000 });
  const pauses = Array.from({ length: 100 }, () => askedPauseMs(refusal, 10));
  assert.ok(pauses.every((ms) => ms >= 1_000 && ms <= 1_500));
  assert.ok(Math.max(...pauses) - Math.min(...pauses) > 200);
});

test('with several addresses a server that stops, or never answers, is left for the next', async (t) => {
  const { url, lab } = await open(t);
  const asked: string[] = [];
  const behave: Record<string, (init: RequestInit | undefined) => Promise<Response>> = {
    stopping: async () =>
      new Response('{"code":"stopping","detail":"x"}', { status: 503, headers: { 'retry-after': '60' } }),
    silent: (init) => {
      const { promise, reject } = Promise.withResolvers<Response>();
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      return promise;
    },
  };
  const client = new LabkeepClient({
    url: `http://stopping, http://silent,${url}`,
    token: await lab.token('viewer'),
    timeoutMs: 50,
    retry: { forMs: 1, delayMs: 1 },
    fetch: (input, init) => {
      const { hostname } = new URL(String(input));
      asked.push(hostname);
      return behave[hostname]?.(init) ?? fetch(input, init);
    },
  });
  assert.equal((await client.me()).principal, 'viewer');
  await client.me();
  assert.deepEqual(asked, ['stopping', 'silent', '127.0.0.1', '127.0.0.1']);
});

test('calls that meet the same server away at one time take the next together', async (t) => {
  const { url, lab } = await open(t);
  let away = 0;
  const client = new LabkeepClient({
    urls: ['http://away', url],
    token: await lab.token('viewer'),
    retry: { delayMs: 1 },
    fetch: async (input, init) => {
      if (new URL(String(input)).hostname !== 'away') return fetch(input, init);
      away += 1;
      throw new TypeError('fetch failed');
    },
  });
  await Promise.all([client.me(), client.me(), client.me(), client.me()]);
  assert.equal(away, 4);
  await client.me();
  assert.equal(away, 4);
});

test('a claim that fails is the next time made at another address', async (t) => {
  const { url, lab } = await open(t);
  const client = new LabkeepClient({ url: `http://127.0.0.1:1,${url}`, token: await lab.token('worker') });
  const claim = { worker: 'wzz', capacity: 1, held: [] };
  assert.equal((await refusal(client.claims(claim))).code, 'server_away');
  assert.equal((await refusal(client.claims(claim))).code, 'worker_unknown');
});

test('a signal ends a call at once, also between tries, with its own reason', async (t) => {
  const { client } = await open(t, async () => {
    throw new TypeError('fetch failed');
  });
  const abort = new AbortController();
  const call = client.me({ signal: abort.signal, retryForMs: 60_000 });
  abort.abort(new Error('enough'));
  await assert.rejects(call, { message: 'enough' });
  await assert.rejects(client.me({ signal: abort.signal }), { message: 'enough' });
});

test('a try that takes too long counts as a server that is away', async (t) => {
  const { client } = await open(t, (_pass, init) => {
    const { promise, reject } = Promise.withResolvers<Response>();
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    return promise;
  });
  const error = await refusal(client.me({ timeoutMs: 20, retryForMs: 0 }));
  assert.equal(error.code, 'server_away');
});

test('a page of a proxy is told as what it is', async (t) => {
  const { client } = await open(t, async () => new Response('<h1>Bad Gateway</h1>', { status: 502 }));
  const error = await refusal(client.me({ retryForMs: 0 }));
  assert.deepEqual([error.code, error.status], ['http_502', 502]);
});
