import type { Command } from 'commander';
import { titleOf } from '../core/jobs/command-text.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type ProjectOption, projectOrRefusal, readRefs, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';
import { rerunStale } from './rerun-stale.ts';
import { type TellOptions, tellNewJob } from './wait-and-tell.ts';

interface Options extends ServerOptions, ProjectOption, TellOptions {
  readonly title?: string;
  readonly hold?: true;
  readonly stale?: true;
  readonly dryRun?: true;
}

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] JOB [-- COMMAND ARGUMENT…]\n       labkeep rerun [options] --stale')
    .argument('[job]', 'such as toxd/12, or 12')
    .argument('[command...]', 'another command')
    .passThroughOptions();
  withServer(withProject(command))
    .option('--title <text>', 'another title')
    .option('--hold', 'let it wait until it is released')
    .option('--wait', 'wait until it has ended; exits with 1 if it did not succeed')
    .option('--stale', 'all jobs of the project that rest on files made again since, in order')
    .option('--dry-run', 'with --stale: only tell which they are')
    .action(async (text: string | undefined, given: string[], options: Options) => {
      const { client } = connect(cli, options);
      checkMeant(text, options);
      if (text === undefined)
        return await rerunStale(cli, client, await projectOrRefusal(cli, client, options), options);
      const [ref = ''] = await readRefs(cli, client, [text], options);
      // After the first argument, `--` is one of the words.
      const words = given[0] === '--' ? given.slice(1) : given;
      const changed = words.length === 0 ? {} : { command: words, title: titleOf(words) };
      const title = options.title === undefined ? {} : { title: options.title };
      const job = await client.jobs.rerun(ref, { ...changed, ...title, hold: options.hold });
      await tellNewJob(cli, client, job, options);
    });
}

function checkMeant(text: string | undefined, { stale, dryRun, title }: Options): void {
  if (text === undefined && stale !== true)
    throw refusal('usage', 'No job is named', 'Name one, or all that are stale: --stale.');
  if (text !== undefined && stale === true)
    throw refusal('usage', 'A job is named, and --stale as well', 'Say one of these.');
  if (dryRun === true && stale !== true)
    throw refusal(
      'usage',
      '--dry-run goes with --stale',
      'Leave it out, or leave out the job and say --stale.',
    );
  if (title !== undefined && stale === true)
    throw refusal('usage', '--title goes with one job', 'Leave it out.');
}
