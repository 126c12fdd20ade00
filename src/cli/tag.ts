import type { Command } from 'commander';
import { actOnWhere, type BulkOptions, checkMeant, withBulk } from './bulk.ts';
import type { Cli } from './cli.ts';
import { connect, withServer } from './connect.ts';
import { forEachJob } from './each-job.ts';
import { refsOrOwn } from './own-job.ts';
import { withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';
import { plain } from './text.ts';

const advice = 'Write them as +apo -native, after the jobs: labkeep tag 12 +apo.';

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] [JOB…] +TAG… -TAG…')
    .argument('<word...>', 'jobs, then tags: + gives one, - takes it away')
    .passThroughOptions();
  withServer(withProject(withBulk(command))).action(async (given: string[]) => {
    // After the first word options are words to commander: a tag that is taken away looks like one.
    const { texts, addTags, removeTags } = readWords(takeOptions(command, given));
    const options: BulkOptions = command.opts();
    const { where } = options;
    if (where !== undefined) {
      checkMeant(texts, options);
      return actOnWhere(
        cli,
        { ...options, where },
        { changes: { addTags: [...addTags], removeTags: [...removeTags] } },
      );
    }
    const { client } = connect(cli, options);
    const refs = await refsOrOwn(cli, client, texts, options);
    await forEachJob(cli, refs, options.json === true, async (ref) => {
      const job = await client.jobs.edit(ref, { addTags, removeTags });
      if (options.json) cli.terminal.json(job);
      else cli.terminal.out(`${job.ref}  ${plain(job.tags.join(', '))}`.trimEnd());
    });
  });
}

/** Gives the command what of the words are options of its own, up to a --; the other words are left. */
function takeOptions(command: Command, words: readonly string[]): readonly string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const left: string[] = [];
  for (let at = 0; at < end; at++) {
    const word = words[at] ?? '';
    const [name = '', ...value] = word.startsWith('--') ? word.split('=') : [word];
    if (name === '-h' || name === '--help') command.help();
    const option = command.options.find((each) => each.short === name || each.long === name);
    if (option === undefined) left.push(word);
    else if (!option.required) command.setOptionValue(option.attributeName(), true);
    else {
      const given = value.length > 0 ? value.join('=') : words[++at];
      if (given === undefined || at >= end)
        throw refusal('usage', `${name} needs a value`, 'See labkeep help tag.');
      command.setOptionValue(option.attributeName(), given);
    }
  }
  return [...left, ...words.slice(end)];
}

function readWords(words: readonly string[]): {
  readonly texts: readonly string[];
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
} {
  const isTag = (word: string): boolean => /^[+-]/.test(word);
  const from = words.findIndex((word) => word !== '--' && isTag(word));
  const texts = (from < 0 ? words : words.slice(0, from)).filter((word) => word !== '--');
  const tags = from < 0 ? [] : words.slice(from);
  const odd = tags.find((word) => !isTag(word) || word.length === 1 || word.startsWith('--'));
  if (odd !== undefined)
    throw refusal('usage', `${JSON.stringify(odd)} is neither a tag to give nor one to take away`, advice);
  if (tags.length === 0) throw refusal('usage', 'No tag is named', advice);
  const named = (sign: string): readonly string[] =>
    tags.filter((word) => word.startsWith(sign)).map((word) => word.slice(1));
  return { texts, addTags: named('+'), removeTags: named('-') };
}
