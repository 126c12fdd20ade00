/** The acts on jobs, which differ in name only: cancel, retry, hold, release. */
import type { JobAct } from '@labkeep/client';
import type { Command } from 'commander';
import { actOnWhere, type BulkOptions, checkMeant, withBulk } from './bulk.ts';
import type { Cli } from './cli.ts';
import { connect, withServer } from './connect.ts';
import { stateText } from './job-view.ts';
import { withMeantProject } from './meant-project.ts';
import { readRefs, withProject } from './projects-here.ts';
import { report } from './refusal.ts';

const acts = ['cancel', 'retry', 'hold', 'release'] as const satisfies readonly JobAct[];

export function define(command: Command, cli: Cli): void {
  const act = acts.find((name) => name === command.name());
  if (act === undefined) throw new Error(`${command.name()} is not an act on jobs`);
  command.argument('[job...]', 'such as toxd/12, or 12');
  withServer(withProject(withBulk(command))).action(async (texts: string[], options: BulkOptions) => {
    checkMeant(texts, options);
    const { where } = options;
    if (where !== undefined) return actOnWhere(cli, { ...options, where }, { act });
    const { client } = connect(cli, options);
    for (const ref of await readRefs(cli, client, texts, options)) {
      try {
        const job = await client.jobs.act(ref, act);
        if (options.json) cli.terminal.json(job);
        else cli.terminal.out(`${job.ref}  ${stateText(job)}`);
      } catch (error) {
        // One that refuses does not keep the others from being asked.
        const told = await withMeantProject(cli, options, error);
        cli.exit(report(told, cli.terminal, options.json === true));
      }
    }
  });
}
