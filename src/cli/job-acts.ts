/** The acts on jobs, which differ in name only: cancel, retry, hold, release. */
import type { JobAct } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { stateText } from './job-view.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { report } from './refusal.ts';

const acts = {
  cancel: 'end jobs, or take them out of the line',
  retry: 'try jobs again that have failed, expired or were cancelled or denied',
  hold: 'let jobs wait until they are released',
  release: 'let held jobs go on',
} as const satisfies Partial<Record<JobAct, string>>;

export function addJobAct(program: Command, cli: Cli, act: keyof typeof acts): void {
  const command = program.command(act).description(acts[act]).argument('<job...>', 'such as toxd/12, or 12');
  withServer(withProject(command)).action(async (texts: string[], options: ServerOptions & ProjectOption) => {
    const { client } = connect(cli, options);
    for (const ref of await readRefs(cli, client, texts, options)) {
      try {
        const job = await client.jobs.act(ref, act);
        if (options.json) cli.terminal.json(job);
        else cli.terminal.out(`${job.ref}  ${stateText(job)}`);
      } catch (error) {
        // One that refuses does not keep the others from being asked.
        cli.exit(report(error, cli.terminal, options.json === true));
      }
    }
  });
}
