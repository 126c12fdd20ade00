/** The client in a page of the server, without any bundling: it calls, works, records a run and follows events. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';

const root = join(import.meta.dirname, '../..');

const program = `
import { LabkeepClient } from '/client/index.js';
const labkeep = new LabkeepClient({ url: location.origin });
await labkeep.projects.create({ name: 'browser' });
const { asOf } = await labkeep.jobs.list('browser');
const stop = new AbortController();
const working = labkeep.work({
  name: 'tab',
  signal: stop.signal,
  handlers: {
    square: async (job, { log }) => {
      log(String(job.parameters ** 2));
    },
  },
});
const { ref } = await labkeep.jobs.submit('browser', { task: 'square', parameters: 7 });
const types = [];
for await (const event of labkeep.events.stream({ project: 'browser', after: asOf })) {
  types.push(event.type);
  if (event.type === 'jobs.ended') break;
}
stop.abort();
await working;
const where = { project: 'browser', folder: '/tab', host: location.hostname, account: 'tab', command: ['fit'] };
const recorded = await labkeep.runs.during(where, ({ run }) => run.job.ref);
const states = [];
for await (const it of labkeep.jobs.each('browser')) states.push(it.ref + ' ' + it.state);
globalThis.answer = { log: await labkeep.jobs.logText(ref), types, recorded, states };
`;

export interface SeenInBrowser {
  readonly log: string;
  readonly types: readonly string[];
  readonly recorded: string;
  readonly states: readonly string[];
}

/** Compiles the client as it is published, gives it to a page of the server, and runs a program there. */
export async function runInBrowser(context: BrowserContext, origin: string): Promise<SeenInBrowser> {
  const built = mkdtempSync(join(tmpdir(), 'labkeep-client-'));
  try {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [
      ...[compiler, '-p', join(root, 'client/tsconfig.build.json'), '--outDir', built],
    ]);
    const page = await context.newPage();
    const contentType = 'text/javascript';
    await page.route(`${origin}/client/*`, (route) => {
      const name = new URL(route.request().url()).pathname.replace('/client/', '');
      return route.fulfill({
        contentType,
        body: name === 'program.js' ? program : readFileSync(join(built, name)),
      });
    });
    const failure = page.waitForEvent('pageerror').then((error) => {
      throw error;
    });
    await page.goto(origin);
    await page.addScriptTag({ type: 'module', url: '/client/program.js' });
    const answered = page.waitForFunction('globalThis.answer').then((handle) => handle.jsonValue());
    return (await Promise.race([answered, failure])) as SeenInBrowser;
  } finally {
    rmSync(built, { recursive: true });
  }
}
