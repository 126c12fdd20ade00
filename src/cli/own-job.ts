import type { LabkeepClient } from '@labkeep/client';
import type { Cli } from './cli.ts';
import { type ProjectOption, readRefs } from './projects-here.ts';
import { refusal } from './refusal.ts';

/** The jobs that are named; where none is, the one that this program is run as. */
export async function refsOrOwn(
  cli: Cli,
  client: LabkeepClient,
  texts: readonly string[],
  option: ProjectOption,
): Promise<readonly string[]> {
  if (texts.length > 0) return readRefs(cli, client, texts, option);
  const own = cli.env.LABKEEP_JOB ?? '';
  if (own !== '') return [own];
  throw refusal('usage', 'No job is named', 'Name it as toxd/12, or 12; a program run by a worker need not.');
}
