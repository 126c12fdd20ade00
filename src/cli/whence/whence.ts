/** `labkeep whence`: who made a file, whether it is unchanged, and from what. */
import type { LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { graphBounds } from '../../core/files/graph.ts';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions, withServer } from '../connect.ts';
import { forEachJob } from '../each-job.ts';
import { integerFrom } from '../numbers.ts';
import { withProgress } from '../progress.ts';
import { refusal } from '../refusal.ts';
import { plain } from '../text.ts';
import { type Answer, answerFor } from './answer.ts';
import { printOrigin } from './print.ts';

interface Options extends ServerOptions {
  readonly depth: number;
}

export function define(command: Command, cli: Cli): void {
  command.argument('<file...>', 'it need not exist any more');
  withServer(command)
    .option(
      '--depth <number>',
      'go back so many jobs',
      integerFrom(1, graphBounds.depthMax),
      graphBounds.depthMax,
    )
    .action(async (names: string[], options: Options) => {
      const { client } = connect(cli, options);
      await forEachJob(cli, names, options.json === true, async (name) => {
        const answer = await withProgress(
          cli,
          () => `labkeep: following ${plain(name)} back`,
          () => answerFor(client, cli.folder, name, options.depth),
        );
        if (await isUnheardOf(client, answer))
          throw refusal(
            'usage',
            `There is no file ${name}, and none is on record`,
            'Look at its name and folder.',
          );
        if (options.json) return cli.terminal.json(toJson(answer));
        printOrigin(cli, answer);
        if (isCut(answer))
          cli.terminal.say(`labkeep: of what a job read, the first ${graphBounds.inputsMax} files are told`);
        if (!answer.complete && options.depth === graphBounds.depthMax)
          cli.terminal.say(
            'labkeep: more is on record than is told at once; labkeep whence tells of a file further back',
          );
      });
    });
}

/** Neither there, nor on record, also not as something that was read. */
async function isUnheardOf(client: LabkeepClient, { path, now, madeBy }: Answer): Promise<boolean> {
  if (now.kind !== 'missing' || madeBy !== null) return false;
  return (await client.provenance.files({ path, limit: 1 })).items.length === 0;
}

function isCut({ inputs, ancestry }: Answer): boolean {
  return [{ inputs }, ...ancestry.values()].some((step) => step.inputs.length === graphBounds.inputsMax);
}

function toJson({ ancestry, ...answer }: Answer): object {
  return { ...answer, steps: [...ancestry.values()] };
}
