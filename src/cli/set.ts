import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { forEachJob } from './each-job.ts';
import { numbersText } from './job-view.ts';
import { refsOrOwn } from './own-job.ts';
import { type ProjectOption, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';

const advice = 'Write it as Rfree=0.21; NAME= takes a number away.';
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] [JOB…] NAME=NUMBER…')
    .argument('<word...>', 'jobs, then numbers such as Rfree=0.21; NAME= takes one away');
  withServer(withProject(command)).action(async (words: string[], options: ServerOptions & ProjectOption) => {
    const from = words.findIndex((word) => word.includes('='));
    if (from < 0) throw refusal('usage', 'No number is given', advice);
    const numbers = Object.fromEntries(words.slice(from).map(readNumber));
    const { client } = connect(cli, options);
    const refs = await refsOrOwn(cli, client, words.slice(0, from), options);
    await forEachJob(cli, refs, options.json === true, async (ref) => {
      const job = await client.jobs.edit(ref, { numbers });
      if (options.json) cli.terminal.json(job);
      else cli.terminal.out(`${job.ref}  ${numbersText(job.numbers)}`.trimEnd());
    });
  });
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
