/** Where jobs go that are not wanted: to the trash, back from there, and out of the record. */
import type { BulkAct, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { actOnWhere, type BulkOptions, checkMeant, withBulk } from './bulk.ts';
import type { Cli } from './cli.ts';
import { connect, withServer } from './connect.ts';
import { forEachJob } from './each-job.ts';
import { readRefs, withProject } from './projects-here.ts';

interface Options extends BulkOptions {
  readonly force?: true;
}

const acts: Readonly<
  Record<string, (client: LabkeepClient, ref: string, options: Options) => Promise<unknown>>
> = {
  trash: async (client, ref) => {
    await client.jobs.remove(ref);
    return client.jobs.get(ref);
  },
  untrash: (client, ref) => client.jobs.act(ref, 'restore'),
  purge: async (client, ref, { force }) => {
    await client.jobs.purge(ref, force === true ? { force } : {});
    return { purged: ref };
  },
};

/** What can be done to all jobs of a selection; to purge is asked for one by one. */
const bulkActs: Readonly<Record<string, BulkAct['act']>> = { trash: 'trash', untrash: 'restore' };

export function define(command: Command, cli: Cli): void {
  const act = acts[command.name()];
  if (act === undefined) throw new Error(`${command.name()} does nothing with the trash`);
  const bulk = bulkActs[command.name()];
  if (bulk === undefined)
    command
      .argument('<job...>', 'such as toxd/12, or 12')
      .option('--force', 'also where other jobs rest on it; for managers of the project');
  else withBulk(command.argument('[job...]', 'such as toxd/12, or 12'));
  withServer(withProject(command)).action(async (texts: string[], options: Options) => {
    checkMeant(texts, options);
    const { where } = options;
    if (where !== undefined && bulk !== undefined)
      return actOnWhere(cli, { ...options, where }, { act: bulk });
    const { client } = connect(cli, options);
    const refs = await readRefs(cli, client, texts, options);
    await forEachJob(cli, refs, options.json === true, async (ref) => {
      const answer = await act(client, ref, options);
      if (options.json) cli.terminal.json(answer);
      else cli.terminal.out(ref);
    });
  });
}
