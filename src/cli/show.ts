import type { Job, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { isFinal } from '../core/jobs/states.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type MoreOfJob, printJob } from './job-view.ts';
import { drawOrWatch, type WatchOption, withWatch } from './live.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';

type Options = ServerOptions & ProjectOption & WatchOption;

export function define(command: Command, cli: Cli): void {
  command.argument('<job...>', 'such as toxd/12, or 12');
  withServer(withProject(withWatch(command))).action(async (texts: string[], options: Options) => {
    const { client } = connect(cli, options);
    const refs = await readRefs(cli, client, texts, options);
    await drawOrWatch(cli, options, async (page) => {
      let goesOn = false;
      for (const ref of refs) {
        const job = await client.jobs.get(ref);
        if (options.json) page.terminal.json(job);
        else printJob(page, job, await moreOf(client, job));
        goesOn ||= !isFinal(job.state);
      }
      return goesOn;
    });
  });
}

/** What its attempts tell: the error of a job that is over without a success, and what was reported late. */
async function moreOf(client: LabkeepClient, job: Job): Promise<MoreOfJob> {
  if (job.attempts === 0) return { error: null, late: [] };
  const { items, late } = await client.jobs.attempts(job.ref);
  const failed = job.finishedAt !== null && (job.state !== 'succeeded' || job.reason === 'resolved');
  return { error: failed ? (items.at(-1)?.error ?? null) : null, late };
}
