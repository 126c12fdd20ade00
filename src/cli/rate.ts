import type { Rating } from '@labkeep/client';
import type { Command } from 'commander';
import { ratings } from '../core/annotations/annotations.ts';
import { actOnWhere, type BulkOptions, checkMeant, withBulk } from './bulk.ts';
import type { Cli } from './cli.ts';
import { connect, withServer } from './connect.ts';
import { forEachJob } from './each-job.ts';
import { readRefs, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';

export function define(command: Command, cli: Cli): void {
  command
    .usage(`[options] JOB… ${ratings.join('|')}|none`)
    .argument('<word...>', 'jobs, and last their rating');
  withServer(withProject(withBulk(command))).action(async (words: string[], options: BulkOptions) => {
    const rating = readRating(words.at(-1) ?? '');
    const { where } = options;
    if (where !== undefined) {
      checkMeant(words.slice(0, -1), options);
      return actOnWhere(cli, { ...options, where }, { changes: { rating } });
    }
    if (words.length < 2)
      throw refusal('usage', 'No job is named', `Name it before the rating: labkeep rate 12 ${words[0]}.`);
    const { client } = connect(cli, options);
    const refs = await readRefs(cli, client, words.slice(0, -1), options);
    await forEachJob(cli, refs, options.json === true, async (ref) => {
      const job = await client.jobs.edit(ref, { rating });
      if (options.json) cli.terminal.json(job);
      else cli.terminal.out(`${job.ref}  ${job.rating ?? 'none'}`);
    });
  });
}

function readRating(word: string): Rating | null {
  if (word === 'none') return null;
  const rating = ratings.find((known) => known === word);
  if (rating !== undefined) return rating;
  throw refusal(
    'usage',
    `${JSON.stringify(word)} is not a rating`,
    `The ratings are ${ratings.join(', ')}, or none.`,
  );
}
