import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieOf } from './browser-cookie.ts';
import { jobPath, ServerLab } from './server-lab.ts';

const nasty = `"it's" <script>alert(1)</script> &amp;\nnext \u{1f9ec}`;
const escaped = '&quot;it&#39;s&quot; &lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;\nnext \u{1f9ec}';

test('without a session every page says how to get in, and shows nothing', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project('secret');
  for (const url of ['/', '/databases', '/projects/secret', '/projects/secret/jobs/1']) {
    const answer = await lab.call('GET', url, { token: null });
    assert.equal(answer.status, 401);
    assert.match(String(answer.headers['content-type']), /^text\/html/);
    assert.match(answer.text, /labkeep status/);
    assert.ok(!answer.text.includes('secret'));
  }
});

test('a code gets in once, and makes a cookie that no script and no other site can use', async (t) => {
  const lab = await ServerLab.open(t);
  const { code } = await lab.ok('POST', '/v1/login-codes');
  const first = await lab.call('GET', `/?c=${code}`, { token: null });
  assert.equal(first.status, 303);
  assert.equal(first.headers.location, '/');
  const cookie = String(first.headers['set-cookie']);
  assert.match(cookie, /; HttpOnly/);
  assert.match(cookie, /; SameSite=Strict/);
  assert.match(cookie, /; Path=\//);
  assert.ok(!cookie.includes('Secure'), 'over plain HTTP a browser would not send it back');
  const again = await lab.call('GET', `/?c=${code}`, { token: null });
  assert.equal(again.status, 401);
  assert.equal(again.headers['set-cookie'], undefined);
  const late = lab.codes.give('ana').code;
  lab.moveClock(10 * 60_000);
  assert.equal((await lab.call('GET', `/?c=${late}`, { token: null })).status, 401);
});

test('pages carry the headers that keep them to themselves', async (t) => {
  const lab = await ServerLab.open(t);
  const headers = (await lab.call('GET', '/', { token: null, headers: { cookie: await cookieOf(lab) } }))
    .headers;
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /style-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  const style = await lab.call('GET', '/style.css', { token: null });
  assert.match(String(style.headers['content-type']), /^text\/css/);
});

test('the projects, a project and a job are shown, and every word in them is escaped', async (t) => {
  const lab = await ServerLab.open(t);
  const headers = { cookie: await cookieOf(lab) };
  const page = async (url: string): Promise<string> => {
    const answer = await lab.call('GET', url, { token: null, headers });
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!answer.text.includes('<script'), url);
    return answer.text;
  };
  assert.match(await page('/'), /none yet/);
  await lab.ok('POST', '/v1/projects', { body: { name: 'toxd', title: nasty, directory: '/a"b<c>' } });
  const running = await lab.running('toxd');
  const asked = {
    title: nasty,
    command: ['echo', nasty],
    stdin: nasty,
    environment: { A: nasty },
    parameters: { [nasty]: nasty },
    metadata: nasty,
    inputs: ['<b>.mtz'],
    after: [{ job: running.ref, on: 'any' }],
  };
  await lab.ok('POST', '/v1/projects/toxd/jobs', { body: asked });
  const data = Buffer.from(`${nasty}\u001b[31mred\u001b[0m\u0007`).toString('base64');
  const { attempt, epoch } = running;
  await lab.ok('POST', '/v1/attempts/output', {
    body: { attempt, epoch, chunks: [{ stream: 'stdout', seq: 0, data }] },
  });
  await lab.ok('POST', '/v1/attempts/finish', {
    body: { attempts: [{ attempt, epoch, outcome: 'failed', exitCode: 2, error: nasty }] },
  });

  const home = await page('/');
  assert.ok(home.includes(escaped));
  assert.match(home, /1 <span class="state ready">ready<\/span> 1 <span class="state failed">failed<\/span>/);
  const project = await page('/projects/toxd');
  assert.ok(project.includes(escaped));
  assert.match(await page('/projects/toxd?state=failed'), /aria-current="page">failed/);
  assert.ok(!(await page('/projects/toxd?state=failed')).includes('/projects/toxd/jobs/2'));
  const asker = await page('/projects/toxd/jobs/2');
  for (const word of [escaped, '&lt;b&gt;.mtz', '<dt>After</dt>', 'ready'])
    assert.ok(asker.includes(word), word);
  const failed = await page('/projects/toxd/jobs/1');
  for (const word of ['exit code', 'the command ended with code 2', escaped, `${escaped}red</pre>`])
    assert.ok(failed.includes(word), word);
});

test('of a log that is longer than a page can show, the end is shown', async (t) => {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  const headers = { cookie: await cookieOf(lab) };
  await lab.project('toxd');
  const { attempt, epoch } = await lab.running('toxd');
  const chunks = Array.from({ length: 3_000 }, (_, seq) => {
    return { stream: 'stdout', seq, data: Buffer.from(`step ${seq}\n`).toString('base64') };
  });
  await lab.ok('POST', '/v1/attempts/output', { body: { attempt, epoch, chunks } });
  const { text } = await lab.call('GET', '/projects/toxd/jobs/1', { token: null, headers });
  assert.match(text, /The end of it; all is under/);
  assert.match(text, /step 2998\nstep 2999\n<\/pre>/);
});

test('what is said of a job, what made its files, and the notes of a project are shown, all escaped', async (t) => {
  const lab = await ServerLab.open(t);
  const headers = { cookie: await cookieOf(lab) };
  const page = async (url: string): Promise<string> => {
    const answer = await lab.call('GET', url, { token: null, headers });
    assert.equal(answer.status, 200, answer.text);
    assert.doesNotMatch(answer.text, /<script|<img|<b>/, url);
    return answer.text;
  };
  await lab.ok('POST', '/v1/projects', { body: { name: 'toxd', directory: '/data/toxd' } });
  await lab.ok('PATCH', '/v1/projects/toxd', {
    body: { notes: `# Notes\n<img src=x onerror=alert(1)>\n${nasty}` },
  });
  const run = (key: number, inputs: readonly string[], outputs: readonly string[]) =>
    lab.ok('POST', '/v1/runs', {
      body: {
        key: `00000000-0000-4000-8000-00000000000${key}`,
        ...{ project: 'toxd', folder: '/data/toxd', host: 'node<b>07', account: 'ada', command: ['refine'] },
        ...{ startedAt: new Date(1_000_000 * key).toISOString(), inputs: inputs.map((path) => ({ path })) },
        ended: {
          finishedAt: new Date(1_000_000 * key + 1_000).toISOString(),
          ...{ outcome: 'succeeded', exitCode: 0, outputs: outputs.map((path) => ({ path })) },
        },
      },
    });
  await run(1, [], ['<b>.mtz']);
  await run(2, ['<b>.mtz'], []);
  await lab.ok('POST', '/v1/projects/toxd/jobs', { body: { parent: '2', title: nasty } });
  await lab.ok('PATCH', jobPath('toxd/2'), {
    body: { rating: 'best', tags: ['<b>paper</b>'], numbers: { Rfree: 0.21 } },
  });
  await lab.ok('POST', `${jobPath('toxd/2')}/comments`, { body: { text: `**bold** <img src=x>\n${nasty}` } });
  const job = await page('/projects/toxd/jobs/2');
  for (const word of [
    '<span class="rating best">best</span>',
    '<span class="tag">&lt;b&gt;paper&lt;/b&gt;</span>',
    '<th scope="row">Rfree</th><td class="number">0.21</td>',
    `**bold** &lt;img src=x&gt;\n${escaped}`,
    '<td><a href="/projects/toxd/jobs/1">toxd/1</a></td>',
    'node&lt;b&gt;07, as ada',
    '1 unfinished',
    '<a href="/projects/toxd/jobs/2.1">toxd/2.1</a>',
  ])
    assert.ok(job.includes(word), word);
  assert.match(
    await page('/projects/toxd/jobs/2.1'),
    /<dt>Child of<\/dt><dd><a href="\/projects\/toxd\/jobs\/2">/,
  );
  const project = await page('/projects/toxd');
  for (const word of [`# Notes\n&lt;img src=x onerror=alert(1)&gt;\n${escaped}`, 'rating best', '1 comment'])
    assert.ok(project.includes(word), word);
  assert.ok(!(await page('/projects/toxd?after=1')).includes('# Notes'), 'on the first page only');
});

test('a long history is paged, and what does not exist has a page that says so', async (t) => {
  const lab = await ServerLab.open(t);
  const headers = { cookie: await cookieOf(lab) };
  await lab.project();
  await lab.ok('POST', '/v1/projects/toxd/jobs', { body: { jobs: Array.from({ length: 120 }, () => ({})) } });
  const home = await lab.call('GET', '/', { token: null, headers });
  assert.match(home.text, /<p>120 <span class="state waiting">waiting<\/span>/);
  const seen: string[] = [];
  for (let url: string | undefined = '/projects/toxd'; url !== undefined; ) {
    const { text } = await lab.call('GET', url, { token: null, headers });
    seen.push(
      ...[...text.matchAll(/<td><a href="\/projects\/toxd\/jobs\/(\d+)">/g)].map((match) => match[1] ?? ''),
    );
    url = /<a href="([^"]+)" rel="next">/.exec(text)?.[1]?.replaceAll('&amp;', '&');
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 120 }, (_, index) => String(120 - index)),
  );
  for (const url of ['/projects/nix', '/projects/toxd/jobs/999', '/projects/toxd/jobs/x']) {
    const answer = await lab.call('GET', url, { token: null, headers });
    assert.equal(answer.status, 404);
    assert.match(answer.text, /There is no such/);
  }
  assert.equal((await lab.call('GET', '/projects/toxd?state=nix', { token: null, headers })).status, 400);
  assert.equal(
    (await lab.call('GET', jobPath('toxd/1'), { token: null, headers })).status,
    200,
    'the cookie is good for the API too',
  );
});
