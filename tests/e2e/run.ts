/**
 * The pages in a real browser: the printed address works once, what it shows is what was computed, and a page runs no
 * script; and the client, in a page. Needs Chromium: `CHROMIUM`, else /usr/bin/chromium.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { runInBrowser } from './client.ts';

const root = join(import.meta.dirname, '../..');
const data = mkdtempSync(join(tmpdir(), 'labkeep-e2e-'));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];
flags.push('--disable-component-update', '--disable-sync');

let passed = 0;
let failed = 0;

async function check(name: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
    passed++;
    process.stdout.write(`ok ${name}\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`not ok ${name}\n${String(error instanceof Error ? error.stack : error)}\n`);
  }
}

/** Starts the server with its example and waits until that is computed; gives the printed address. */
async function startServer(): Promise<{ readonly server: ChildProcess; readonly address: string }> {
  const server = spawn(join(root, 'bin/labkeep'), ['up', '--example', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let address = '';
  if (server.stdout === null) throw new Error('the server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    address ||= /http:\/\/\S+/.exec(line)?.[0] ?? '';
    if (line.startsWith('Next')) break;
  }
  server.stdout.resume();
  return { server, address };
}

async function checkPages(context: BrowserContext, address: string): Promise<void> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  const origin = new URL(address).origin;

  await check('without a code, the page says how to get in', async () => {
    const answer = await page.goto(origin);
    assert.equal(answer?.status(), 401);
    assert.match(await text(page), /labkeep status/);
  });
  await check('the printed address opens the list of projects', async () => {
    await page.goto(address);
    assert.equal(new URL(page.url()).search, '', 'the code does not stay in the address');
    assert.match(await text(page), /Yersinia pestis plasmid pPCP1, 9,609 bp/);
  });
  await check('the cookie cannot be read by a script', async () => {
    const [cookie] = await context.cookies();
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, 'Strict');
  });
  await check('a project lists its seven jobs', async () => {
    await page.getByRole('link', { name: 'ppcp1', exact: true }).click();
    assert.equal(await page.getByRole('link', { name: /^ppcp1\/[1-7]$/ }).count(), 7);
  });
  await check('a job shows why it failed, and its log', async () => {
    await page.getByRole('link', { name: 'ppcp1/5' }).click();
    const shown = await text(page);
    assert.match(shown, /failed/);
    assert.match(shown, /unknown enzyme "EcoR1"/);
  });
  await check('what is said of a job is shown as it was written', async () => {
    const said = '**Good** cut sites <script>document.title = "run"</script>';
    const job = `${origin}/v1/projects/ppcp1/jobs/6`;
    const annotated = await context.request.patch(job, {
      headers: { origin },
      data: { rating: 'best', tags: ['paper 2'], numbers: { sites: 3 } },
    });
    assert.equal(annotated.status(), 200, await annotated.text());
    const commented = await context.request.post(`${job}/comments`, {
      headers: { origin },
      data: { text: said },
    });
    assert.equal(commented.status(), 201, await commented.text());
    await page.goto(`${origin}/projects/ppcp1/jobs/6`);
    const shown = await text(page);
    for (const word of [said, 'best', 'paper 2']) assert.ok(shown.includes(word), word);
    assert.equal(await page.getByRole('row', { name: 'sites' }).getByRole('cell').textContent(), '3');
    assert.doesNotMatch(await page.title(), /run/);
  });
  await check('a file leads to the job that made it', async () => {
    await page.goto(`${origin}/projects/ppcp1/jobs/2`);
    await page.getByRole('row', { name: 'input' }).getByRole('link').first().click();
    assert.equal(new URL(page.url()).pathname, '/projects/ppcp1/jobs/1');
  });
  await check('notes of a project are above its jobs', async () => {
    const notes = '## Plan\n1. <b>cut</b>';
    const noted = await context.request.patch(`${origin}/v1/projects/ppcp1`, {
      headers: { origin },
      data: { notes },
    });
    assert.equal(noted.status(), 200, await noted.text());
    await page.goto(`${origin}/projects/ppcp1`);
    const shown = await text(page);
    assert.ok(shown.includes(notes) && shown.indexOf(notes) < shown.indexOf('ppcp1/7'));
  });
  await check('no page ran a script or was refused a part', async () =>
    assert.deepEqual(
      errors.filter((error) => !/401/.test(error)),
      [],
    ),
  );
}

async function checkCodeOnce(context: BrowserContext, address: string): Promise<void> {
  await check('the code works once', async () => {
    const page = await context.newPage();
    await page.goto(address);
    assert.doesNotMatch(await text(page), /Yersinia/);
  });
}

async function checkClient(context: BrowserContext, origin: string): Promise<void> {
  await check('the client works in a page: calls, a worker, events, a recorded run', async () => {
    const { log, types, recorded, states } = await runInBrowser(context, origin);
    assert.equal(log, '49\n');
    assert.deepEqual(types, ['jobs.created', 'jobs.offered', 'jobs.started', 'jobs.ended']);
    assert.equal(recorded, 'browser/2');
    assert.deepEqual(states, ['browser/1 succeeded', 'browser/2 succeeded']);
  });
}

async function text(page: Page): Promise<string> {
  return (await page.textContent('body')) ?? '';
}

const { server, address } = await startServer();
const browser = await chromium.launch({ executablePath, args: flags });
try {
  const visitor = await browser.newContext();
  await checkPages(visitor, address);
  // The pages of the server forbid scripts; here one is wanted.
  const scripted = { bypassCSP: true, storageState: await visitor.storageState() };
  await checkClient(await browser.newContext(scripted), new URL(address).origin);
  await checkCodeOnce(await browser.newContext(), address);
} finally {
  await browser.close();
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(data, { recursive: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
