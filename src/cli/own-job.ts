import { setTimeout as delay } from 'node:timers/promises';
import type { LabkeepClient } from '@labkeep/client';
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { isUntold } from '../recorder/report.ts';
import { outerRun, Spool } from '../recorder/spool.ts';
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
  const run = outerRun(cli.env);
  if (run !== null) return [await refOfRun(cli, run)];
  throw refusal(
    'usage',
    'No job is named',
    'Name it as toxd/12, or 12; a program run by a worker, or by labkeep run, need not.',
  );
}

/** So long a server may take to say which job a run is that has only just begun. */
const toldWithinMs = 5_000;

async function refOfRun({ env, now }: Cli, key: string): Promise<string> {
  const spool = new Spool(dataPaths(dataFolder(undefined, env)).runs);
  for (const until = now() + toldWithinMs; now() < until; await delay(20)) {
    const told = spool.told(key);
    if (told !== null && !isUntold(told)) return told.ref;
    if (told !== null) break;
  }
  throw refusal('server_away', 'The run that this program is part of is not on record yet', 'Name the job.');
}
