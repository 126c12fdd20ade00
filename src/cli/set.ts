import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { forEachJob } from './each-job.ts';
import { numbersText } from './job-view.ts';
import { refsOrOwn } from './own-job.ts';
import { type ProjectOption, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';
import { plain } from './text.ts';

interface Options extends ServerOptions, ProjectOption {
  readonly metadata?: string;
}

const advice = 'Write it as Rfree=0.21; NAME= takes a number away.';
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] [JOB…] NAME=NUMBER…')
    .argument('[word...]', 'jobs, then numbers such as Rfree=0.21; NAME= takes one away');
  withServer(withProject(command))
    .option(
      '--metadata <json>',
      'metadata in place of what there is: any JSON, null for none; - for standard input',
    )
    .action(async (words: string[], options: Options) => {
      const at = words.findIndex((word) => word.includes('='));
      if (at < 0 && options.metadata === undefined) throw refusal('usage', 'No number is given', advice);
      const from = at < 0 ? words.length : at;
      const changes = {
        ...(at < 0 ? {} : { numbers: Object.fromEntries(words.slice(from).map(readNumber)) }),
        ...(options.metadata === undefined ? {} : { metadata: await readMetadata(cli, options.metadata) }),
      };
      const { client } = connect(cli, options);
      const refs = await refsOrOwn(cli, client, words.slice(0, from), options);
      await forEachJob(cli, refs, options.json === true, async (ref) => {
        const job = await client.jobs.edit(ref, changes);
        if (options.json) return cli.terminal.json(job);
        const metadata = options.metadata === undefined ? '' : JSON.stringify(job.metadata);
        const shown = [numbersText(job.numbers), metadata].filter((part) => part !== '').join('  ');
        cli.terminal.out(plain(`${job.ref}  ${shown}`).trimEnd());
      });
    });
}

async function readMetadata({ input }: Cli, option: string): Promise<unknown> {
  const text = option === '-' ? await input() : option;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusal(
      'usage',
      `The metadata is not JSON: ${error.message}`,
      `Write it as '{"resolution": 1.8}', in quotes for the shell.`,
    );
  }
}

function readNumber(word: string): readonly [name: string, value: number | null] {
  const at = word.indexOf('=');
  const [name, text] = [word.slice(0, at), word.slice(at + 1)];
  if (at < 1) throw refusal('usage', `${JSON.stringify(word)} is not a name and a number`, advice);
  if (text === '') return [name, null];
  const value = Number(text);
  if (decimal.test(text) && Number.isFinite(value)) return [name, value];
  throw refusal('usage', `${JSON.stringify(text)}, the value of ${name}, is not a number`, advice);
}
