import type { Command } from 'commander';
import { actOnWhere, type BulkOptions, checkMeant, withBulk } from './bulk.ts';
import type { Cli } from './cli.ts';
import { connect, withServer } from './connect.ts';
import { forEachJob } from './each-job.ts';
import { stateText } from './job-view.ts';
import { readRefs, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';

const outcomes = ['succeeded', 'failed', 'retry'] as const;
type Outcome = (typeof outcomes)[number];

export function define(command: Command, cli: Cli): void {
  command.argument('<job|outcome...>', `jobs, such as toxd/12 or 12, and last: ${outcomes.join(', ')}`);
  withServer(withProject(withBulk(command))).action(async (words: string[], options: BulkOptions) => {
    const texts = words.slice(0, -1);
    const outcome = readOutcome(words.at(-1));
    checkMeant(texts, options);
    const { where } = options;
    if (where !== undefined) return actOnWhere(cli, { ...options, where }, { act: `resolve_${outcome}` });
    const { client } = connect(cli, options);
    const refs = await readRefs(cli, client, texts, options);
    await forEachJob(cli, refs, options.json === true, async (ref) => {
      const job = await client.jobs.resolve(ref, outcome);
      if (options.json) cli.terminal.json(job);
      else cli.terminal.out(`${job.ref}  ${stateText(job)}`);
    });
  });
}

function readOutcome(text: string | undefined): Outcome {
  const outcome = outcomes.find((each) => each === text);
  if (outcome === undefined)
    throw refusal(
      'usage',
      `${text ?? ''} does not say what became of the job`,
      'Say it last, such as: labkeep resolve toxd/12 succeeded (or failed, or retry).',
    );
  return outcome;
}
