import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isArray, type RpcValue, struct } from '../../src/wire/xmlrpc/value.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';
import { attribute, statusOf, XmlRpcLab } from './xmlrpc-lab.ts';

const command = ['refine', 'in.mtz'];

for (const storage of ['memory', 'sqlite'] as const)
  test(`a job goes from the queue to its end over XML-RPC, on ${storage}`, async (t) => {
    const rpc = await XmlRpcLab.open(t, { storage });
    const registered = await rpc.members(
      'scire.register',
      'node07',
      struct({ os: 'linux', cores: 4, gpu: false }),
    );
    assert.deepEqual([registered.lease_seconds, registered.poll_seconds], [60, 20]);
    const client = String(registered.client);
    assert.equal(await rpc.value('scire.ask_for_work', client), '');

    const ref = await rpc.submit({
      command,
      title: 'a < b & "c"',
      stdin: '\u0007bell',
      environment: { A: 'x\r\ny' },
    });
    const job = await rpc.take(client);
    assert.equal(job.id, ref);
    const [title, argv, stdin, variable] = job.file.children;
    assert.equal(title?.text, 'a < b & "c"');
    assert.deepEqual(
      argv?.children.map(({ text }) => text),
      command,
    );
    assert.equal(stdin?.attributes.get('encoding'), 'base64');
    assert.equal(Buffer.from(stdin?.text ?? '', 'base64').toString(), '\u0007bell');
    assert.deepEqual([variable?.attributes.get('name'), variable?.text], ['A', 'x\r\ny']);
    assert.equal(attribute(job.file, 'priority'), '0');
    assert.equal((await rpc.job(ref)).state, 'running');

    const progress = `<status job="${job.id}" epoch="${job.epoch}" state="running"><progress fraction="0.25" done="1" total="4" unit="cycles">refining</progress></status>`;
    const applied = { applied: true, code: '', order: 'none' };
    assert.deepEqual(await rpc.members('scire.report_status', client, progress), applied);
    const said = await rpc.lab.ok('GET', '/v1/projects/toxd/jobs/1');
    assert.deepEqual([said.progress.fraction, said.progress.text], [0.25, 'refining']);

    const data = Buffer.from('cycle 1\n');
    const kept = { kept: data.length, capped: false };
    assert.deepEqual(
      await rpc.members('scire.send_output', client, job.id, job.epoch, 'stdout', data, 0),
      kept,
    );
    assert.deepEqual(
      await rpc.members('scire.send_output', client, job.id, job.epoch, 'stdout', data, 0),
      kept,
    );
    await rpc.value('scire.send_output', client, job.id, job.epoch, 'stderr', 'warning\n');
    const done = `<status job="${job.id}" epoch="${job.epoch}" state="succeeded" exit-code="0"><output size="3">/data/out.mtz</output></status>`;
    assert.deepEqual(await rpc.members('scire.report_status', client, done), applied);
    const { state, exitCode, files, run } = await rpc.lab.ok('GET', '/v1/projects/toxd/jobs/1');
    assert.deepEqual([state, exitCode, run?.host], ['succeeded', 0, 'node07']);
    assert.deepEqual(
      files.map(({ path, size }: { path: string; size: number }) => [path, size]),
      [['/data/out.mtz', 3]],
    );
    const log = await rpc.lab.call('GET', '/v1/projects/toxd/jobs/1/log?format=text');
    assert.equal(log.text, 'cycle 1\nwarning\n');
    assert.deepEqual(await rpc.value('scire.pending', client), []);
    assert.deepEqual(rpc.errors, []);
  });

test('a report that comes again is answered as before, and one that comes late changes nothing', async (t) => {
  const rpc = await XmlRpcLab.open(t, { durations: { leaseMs: 60_000 } });
  const client = await rpc.register();
  const ref = await rpc.submit({ command });
  const job = await rpc.take(client);
  const done = statusOf(job, 'succeeded');
  const applied = { applied: true, code: '', order: 'none' };
  assert.deepEqual(await rpc.members('scire.report_status', client, done), applied);
  assert.deepEqual(await rpc.members('scire.report_status', client, done), applied);
  const late = { applied: false, code: 'epoch_stale', order: 'none' };
  assert.deepEqual(await rpc.members('scire.report_status', client, statusOf(job, 'failed', 1)), late);
  assert.deepEqual(
    await rpc.members('scire.report_status', client, statusOf({ ...job, epoch: '999' }, 'failed')),
    late,
  );
  assert.equal((await rpc.job(ref)).state, 'succeeded');
  const { late: lateReports } = await rpc.lab.ok('GET', '/v1/projects/toxd/jobs/1/attempts');
  assert.equal(lateReports?.length, 2, 'what came late is kept');
  assert.deepEqual(
    await rpc.members('scire.report_status', client, statusOf({ id: 'toxd/99', epoch: '1' }, 'failed')),
    {
      applied: false,
      code: 'attempt_unknown',
      order: 'abandon',
    },
  );
});

test('one job per answer, and the next after its confirmation', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register(struct({ capacity: 2 }));
  for (const title of ['first', 'second', 'third']) await rpc.submit({ command, title });
  const lost = await rpc.ask(client);
  const again = await rpc.ask(client);
  assert.deepEqual([lost.id, again.id], ['toxd/1', 'toxd/1'], 'what was not confirmed is given again');
  assert.deepEqual(await rpc.members('scire.confirm', client, lost.id, lost.epoch), {
    start: false,
    code: 'epoch_stale',
  });
  const started = { start: true, code: '' };
  assert.deepEqual(await rpc.members('scire.confirm', client, again.id, again.epoch), started);
  assert.deepEqual(
    await rpc.members('scire.confirm', client, again.id, again.epoch),
    started,
    'it may be repeated',
  );
  const second = await rpc.take(client);
  assert.equal(second.id, 'toxd/2');
  assert.equal(await rpc.value('scire.ask_for_work', client), '', 'it has as many as it can take');
  assert.equal((await rpc.job('toxd/1')).attempts, 1);
  await rpc.value('scire.report_status', client, statusOf(second, 'returned'));
  assert.deepEqual(
    [(await rpc.job('toxd/2')).state, (await rpc.job('toxd/2')).attempts],
    ['ready', 0],
    'what was returned was not counted',
  );
});

test('an offer that is given back without confirmation is ready at once', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  await rpc.submit({ command });
  const offered = await rpc.ask(client);
  const answer = await rpc.members('scire.report_status', client, statusOf(offered, 'returned'));
  assert.deepEqual(answer, { applied: true, code: '', order: 'none' });
  assert.equal((await rpc.job('toxd/1')).state, 'ready');
});

test('who names what it holds loses what it forgot, and keeps the rest', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register(struct({ capacity: 5 }));
  await rpc.submit({ command, onLost: 'retry' });
  await rpc.submit({ command });
  const forgotten = await rpc.take(client);
  const kept = await rpc.take(client);
  const held = [struct({ job: kept.id, epoch: kept.epoch })];
  const old = await rpc.value('scire.ask_for_work', client, held, Number(forgotten.epoch) - 1);
  assert.equal(old, '', 'an old question does not know what was given since');
  assert.equal((await rpc.job(forgotten.id)).state, 'running');
  await rpc.value('scire.ask_for_work', client, held, kept.epoch);
  assert.equal((await rpc.job(forgotten.id)).reason, 'retry_delay');
  assert.equal((await rpc.job(kept.id)).state, 'running');
  assert.equal(await rpc.value('scire.ask_for_work', client, []), '');
  assert.equal((await rpc.job(kept.id)).state, 'failed');
});

test('a cancellation is told with what is pending and with progress', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  await rpc.submit({ command });
  const job = await rpc.take(client);
  const pending = async (): Promise<readonly RpcValue[]> => {
    const value = await rpc.value('scire.pending', client);
    assert.ok(isArray(value));
    return value;
  };
  const mine = { job: job.id, epoch: job.epoch, state: 'running' };
  assert.deepEqual(await pending(), [struct({ ...mine, order: 'none' })]);
  await rpc.lab.ok('POST', '/v1/projects/toxd/jobs/1/cancel');
  assert.deepEqual(await pending(), [struct({ ...mine, order: 'cancel' })]);
  const running = await rpc.members('scire.report_status', client, statusOf(job, 'running'));
  assert.deepEqual(running, { applied: true, code: '', order: 'cancel' });
  await rpc.value('scire.report_status', client, statusOf(job, 'cancelled'));
  assert.equal((await rpc.job('toxd/1')).state, 'cancelled');
  const over = await rpc.members('scire.report_status', client, statusOf(job, 'running'));
  assert.deepEqual(over, { applied: false, code: 'epoch_stale', order: 'abandon' });
});

test('asking keeps a worker alive, and silence loses its jobs', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  await rpc.submit({ command });
  const job = await rpc.take(client);
  for (let third = 0; third < 6; third++) {
    rpc.lab.moveClock(20_000);
    await rpc.value('scire.pending', client);
    await rpc.lab.storage.sweep();
  }
  assert.equal((await rpc.job(job.id)).state, 'running');
  // Small steps: a long pause of the sweep itself extends every lease.
  for (let step = 0; step < 80; step++) {
    rpc.lab.moveClock(1_000);
    await rpc.lab.storage.sweep();
  }
  assert.deepEqual([(await rpc.job(job.id)).state, (await rpc.job(job.id)).reason], ['failed', 'lease_lost']);
});

test('a job with locks comes with its databases', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  await rpc.lab.ok('POST', '/v1/databases', { body: { name: 'embl', kind: 'external' } });
  await rpc.submit({ command, locks: ['embl:exclusive'] });
  const { file } = await rpc.ask(await rpc.register());
  const database = file.children.find(({ name }) => name === 'database');
  assert.deepEqual(Object.fromEntries(database?.attributes ?? []), { path: 'embl', mode: 'exclusive' });
});

test('a token of another role, of another user, or none, is refused', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const body =
    '<methodCall><methodName>scire.register</methodName><params><param><value>n</value></param><param><value><struct/></value></param></params></methodCall>';
  const basic = (user: string, token: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`,
  });
  const token = await rpc.workerToken();
  assert.match((await rpc.post(body, basic('ada', token))).text, /<name>client<\/name>/);
  const stranger = await rpc.post(body, basic('eve', token));
  assert.equal(stranger.status, 401);
  assert.match(stranger.text, /unauthenticated: The token is not of the user/);
  for (const authorization of ['Bearer nonsense', 'Basic !!', 'Basic YWRh', 'Digest x']) {
    const refused = await rpc.post(body, { authorization });
    assert.equal(refused.status, 401, authorization);
    assert.match(String(refused.headers['www-authenticate']), /Basic/);
  }
  const colon = await rpc.lab.token('worker', 'local:ada');
  assert.equal((await rpc.post(body, basic('local:ada', colon))).status, 200);
});

test('only workers and admins may call what is for workers; an attempt’s own token may not', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  await rpc.submit({ command });
  const job = await rpc.take(client);
  const attempt = /<token>(.*?)</.exec(job.text)?.[1] ?? '';
  const calls: readonly (readonly [string, ...RpcValue[]])[] = [
    ['scire.register', 'node', struct({})],
    ['scire.ask_for_work', client],
    ['scire.confirm', client, job.id, job.epoch],
    ['scire.report_status', client, statusOf(job, 'running')],
    ['scire.send_output', client, job.id, job.epoch, 'stdout', 'x'],
    ['scire.pending', client],
  ];
  const tokens = { viewer: false, contributor: false, manager: false, worker: true, admin: true } as const;
  for (const [method, ...params] of calls) {
    const body = writeCall({ method, params });
    const as = async (token: string): Promise<string> => {
      const { text } = await rpc.post(body, { authorization: `Bearer ${token}` });
      return text;
    };
    for (const [role, isAllowed] of Object.entries(tokens)) {
      const text = await as(await rpc.lab.token(role as keyof typeof tokens, 'ada'));
      assert.equal(
        text.includes('<string>forbidden: ada may not '),
        !isAllowed,
        `${method} as ${role}: ${text}`,
      );
    }
    assert.match(await as(attempt), /<string>forbidden: The token of an attempt may not /, method);
  }
  assert.equal((await rpc.job(job.id)).state, 'running');
});

test('methods tell of themselves, and several are called at once', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const names = await rpc.value('system.listMethods');
  assert.ok(isArray(names));
  assert.deepEqual(names, [
    'scire.register',
    'scire.ask_for_work',
    'scire.confirm',
    'scire.report_status',
    'scire.send_output',
    'scire.pending',
    'system.listMethods',
    'system.methodHelp',
    'system.methodSignature',
    'system.multicall',
  ]);
  for (const name of names)
    assert.match(String(await rpc.value('system.methodHelp', name)), /^[a-z]+\.\w+\(.*\): \w/);
  assert.deepEqual(await rpc.value('system.methodSignature', 'scire.confirm'), [
    ['struct', 'string', 'string', 'string'],
    ['struct', 'string', 'string', 'int'],
  ]);
  const client = await rpc.register();
  const answers = await rpc.value('system.multicall', [
    struct({ methodName: 'scire.pending', params: [client] }),
    struct({ methodName: 'scire.nothing', params: [] }),
    struct({ methodName: 'system.multicall', params: [[]] }),
    'no call',
  ]);
  assert.ok(isArray(answers));
  assert.deepEqual(answers[0], [[]]);
  const codes = answers.slice(1).map((it) => (it instanceof Map ? it.get('faultCode') : it));
  assert.deepEqual(codes, [-32601, -32602, -32602]);
});

test('what a call gets wrong is named', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  const cases: readonly (readonly [string, readonly RpcValue[], number, RegExp])[] = [
    ['scire.nothing', [], -32601, /method_unknown: .*found "scire.nothing"/],
    [
      'scire.confirm',
      [client],
      -32602,
      /field params, found 1, expected 3: scire.confirm\(client, job, epoch\)/,
    ],
    [
      'scire.confirm',
      [client, 'toxd/1', true],
      -32602,
      /field epoch, found "boolean", expected string or int/,
    ],
    ['scire.confirm', [client, 'toxd', 1], -32602, /field job, found "toxd", expected a reference/],
    ['scire.confirm', [client, 'toxd/1', 'x'], -32602, /field epoch/],
    ['scire.confirm', ['w99', 'toxd/1', 1], 5, /worker_unknown/],
    ['scire.pending', ['me'], 5, /field client, found "me".*Register the worker again/],
    ['scire.send_output', [client, 'toxd/1', 1, 'stdlog', 'x'], -32602, /stdout, stderr, note/],
    ['scire.send_output', [client, 'toxd/1', 1, 'stdout', 'x'], 8, /attempt_unknown/],
    ['scire.register', ['a b', struct({})], -32602, /field name/],
    [
      'scire.register',
      ['n', struct({ tasks: 'all' })],
      -32602,
      /field facts.tasks, found "string", expected array/,
    ],
    ['scire.register', ['n', struct({ poll_port: 0 })], -32602, /poll_port/],
    ['scire.register', ['n', struct({ inner: struct({}) })], -32602, /facts.inner/],
    ['scire.report_status', [client, '<status/>'], 12, /status_invalid: .*field job/],
    ['scire.report_status', [client, '<status'], -32700, /malformed_xml/],
    ['scire.ask_for_work', [client, ['x']], -32602, /field held\[0\]/],
  ];
  for (const [method, params, code, text] of cases) {
    const fault = await rpc.fault(method, ...params);
    assert.match(fault.text, text, method);
    assert.equal(fault.code, code, fault.text);
  }
  assert.deepEqual(rpc.errors, []);
});
