/** The example on a server of its own, which is gone afterwards; and a look whether all went as it should. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Job, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { dataPaths } from '../daemon/data-paths.ts';
import type { Cli } from './cli.ts';
import { exampleProject, exampleSteps } from './example.ts';
import { showExample } from './example-view.ts';
import { untilSignal } from './signals.ts';
import { counted } from './text.ts';
import { serverOptions, slotsHere } from './up.ts';

export function define(command: Command, cli: Cli): void {
  command
    .option('--json', 'print what was checked, as JSON')
    .action(async ({ json }: { readonly json?: true }) => {
      const folder = mkdtempSync(join(tmpdir(), 'labkeep-demo-'));
      const stop = new AbortController();
      void untilSignal().then(() => stop.abort(new Error('the demo was stopped')));
      try {
        const checks = await demo(cli, folder, json === true, stop.signal);
        conclude(cli, checks, json === true);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
}

interface Check {
  readonly what: string;
  readonly passed: boolean;
}

async function demo(cli: Cli, folder: string, json: boolean, signal: AbortSignal): Promise<readonly Check[]> {
  const paths = dataPaths(join(folder, 'data'));
  const { startServer } = await import('../daemon/start-server.ts');
  const server = await startServer(
    serverOptions(cli, paths, { listen: '127.0.0.1:0', worker: true }, slotsHere(), signal),
  );
  try {
    const client = new LabkeepClient({ url: server.url, token: server.token });
    await showExample({ client, folder: paths.example, terminal: json ? null : cli.terminal, signal });
    return await check(client, join(paths.example, exampleProject.name));
  } finally {
    await server.stop();
  }
}

function conclude(cli: Cli, checks: readonly Check[], json: boolean): void {
  const failed = checks.filter(({ passed }) => !passed);
  if (json) cli.terminal.json({ checks });
  else {
    for (const { what } of failed) cli.terminal.say(`labkeep: not so: ${what}`);
    cli.terminal.out(
      failed.length === 0
        ? `All as it should be: ${counted(checks.length, 'check')} passed.`
        : `${failed.length} of ${counted(checks.length, 'check')} failed.`,
    );
  }
  if (failed.length > 0) cli.exit(1);
}

/** Looks at the record and at the files, not at what was printed. */
async function check(client: LabkeepClient, directory: string): Promise<readonly Check[]> {
  const jobs = await Promise.all(
    exampleSteps.map((_, index) => client.jobs.get(`${exampleProject.name}/${index + 1}`)),
  );
  const [extract, translate, composition, , misspelt, rerun, report] = jobs;
  if (!extract || !translate || !composition || !misspelt || !rerun || !report)
    throw new Error('the example has fewer jobs than it should');
  const log = (job: Job): Promise<string> => client.jobs.logText(job.ref);
  const complaint = await stderrOf(client, misspelt);
  const page = report.files.find(
    ({ role, path, attempt }) => role === 'output' && path === 'report.html' && attempt !== null,
  );
  return [
    ...jobs.map((job, index) => ({
      what: `${job.ref} ${exampleSteps[index]?.expected ?? ''}`,
      passed: job.state === exampleSteps[index]?.expected,
    })),
    { what: 'the plasmid has 9,609 bases', passed: lengthIn(join(directory, 'composition.json')) === 9_609 },
    { what: '10 coding sequences', passed: (await log(extract)) === '10 CDS\n' },
    { what: '10 proteins', passed: (await log(translate)) === '10 proteins\n' },
    { what: 'GC 45.3 %', passed: (await log(composition)) === 'GC 45.3 %\n' },
    {
      what: `${misspelt.ref} ended with exit code 2`,
      passed: misspelt.exitCode === 2 && misspelt.reason === 'exit_code',
    },
    { what: `${misspelt.ref} said why, on stderr`, passed: complaint.startsWith('unknown enzyme "EcoR1"') },
    { what: `${rerun.ref} is a rerun of ${misspelt.ref}`, passed: rerun.rerunOf === misspelt.ref },
    { what: `${rerun.ref} found 3 sites of EcoRI`, passed: (await log(rerun)) === 'EcoRI: 3 sites\n' },
    {
      what: 'the report is there, as it was recorded',
      passed: isRecorded(join(directory, 'report.html'), page?.sha256),
    },
  ];
}

async function stderrOf(client: LabkeepClient, job: Job): Promise<string> {
  const { items } = await client.jobs.log(job.ref);
  const chunks = items
    .filter(({ stream }) => stream === 'stderr')
    .map(({ data }) => Buffer.from(data, 'base64'));
  return Buffer.concat(chunks).toString();
}

function lengthIn(file: string): unknown {
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof found === 'object' && found !== null && 'lengthBases' in found ? found.lengthBases : null;
}

function isRecorded(file: string, sha256: string | null | undefined): boolean {
  return existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === sha256;
}
