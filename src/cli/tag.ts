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

const lastWords: readonly string[] = ['--json', '--dry-run', '--yes', '-y'];

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] [JOB…] +TAG… -TAG…')
    .argument('<word...>', 'jobs, then tags: + gives one, - takes it away')
    .passThroughOptions();
  withServer(withProject(withBulk(command))).action(async (given: string[], told: BulkOptions) => {
    // After the first word, options are words; these are often written last.
    const said = (name: string): boolean => given.includes(name);
    const json = told.json === true || said('--json');
    const dryRun = told.dryRun === true || said('--dry-run');
    const yes = told.yes === true || said('--yes') || said('-y');
    const { texts, addTags, removeTags } = readWords(given.filter((word) => !lastWords.includes(word)));
    const options: BulkOptions = { ...told, dryRun, yes, ...(json ? { json } : {}) };
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
    await forEachJob(cli, refs, json, async (ref) => {
      const job = await client.jobs.edit(ref, { addTags, removeTags });
      if (json) cli.terminal.json(job);
      else cli.terminal.out(`${job.ref}  ${plain(job.tags.join(', '))}`.trimEnd());
    });
  });
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
