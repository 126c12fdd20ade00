/** The same to all jobs of a selection. */
import type { BulkAct, BulkReport, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { type FaultCode, faultTable } from '../core/faults.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions } from './connect.ts';
import { type ProjectOption, projectOrRefusal } from './projects-here.ts';
import { refusal } from './refusal.ts';
import { counted } from './text.ts';
import { type WhereOption, withSelection, withWhere } from './where.ts';

export interface BulkOptions extends ServerOptions, ProjectOption, WhereOption {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function withBulk(command: Command): Command {
  return withWhere(command, 'all jobs that are selected')
    .option('--dry-run', 'with --where: only tell which they are')
    .option('-y, --yes', 'with --where: do it');
}

/** Refuses jobs beside a selection, and neither of both. */
export function checkMeant(texts: readonly string[], { where, dryRun, yes }: BulkOptions): void {
  if (where !== undefined && texts.length > 0)
    throw refusal('usage', 'Jobs are named, and selected by --where as well', 'Say it in one of these ways.');
  if (where === undefined && texts.length === 0)
    throw refusal('usage', 'No job is named', 'Name jobs, or select them: --where SELECTION.');
  if (where === undefined && (dryRun === true || yes === true))
    throw refusal(
      'usage',
      '--dry-run and --yes go with --where',
      'Leave them out, or select jobs by --where.',
    );
}

type Done = BulkReport['items'][number];

/** Counts first; acts only when told so. Exits with the code of the first refusal. */
export async function actOnWhere(
  cli: Cli,
  options: BulkOptions & { readonly where: string },
  what: Omit<BulkAct, 'where'>,
): Promise<void> {
  const { client } = connect(cli, options);
  const project = await projectOrRefusal(cli, client, options);
  await withSelection(cli, options.where, options.json === true, async (where) => {
    if (where === '') throw refusal('usage', '--where is empty', 'created>=1970 selects every job.');
    const request = { ...what, where };
    if (options.dryRun === true)
      return await tell(cli, client, project, { ...request, dryRun: true }, options);
    if (options.yes === true) return await tell(cli, client, project, request, options);
    const { count, complete } = await client.jobs.count(project, { where, trash: what.act === 'restore' });
    throw refusal(
      'usage',
      `${complete ? '' : 'At least '}${counted(count, 'job')} of ${project} would be meant; nothing was done`,
      'Look at them with --dry-run; do it with --yes.',
    );
  });
}

async function tell(
  cli: Cli,
  client: LabkeepClient,
  project: string,
  request: BulkAct,
  { json }: BulkOptions,
): Promise<void> {
  const codes: FaultCode[] = [];
  let fit = 0;
  for await (const item of client.jobs.bulkEach(project, request)) {
    const code = knownCode(item);
    if (code === null) fit += 1;
    else codes.push(code);
    if (json === true) cli.terminal.json(item);
    else cli.terminal.out(line(item, request.dryRun === true, code));
  }
  const [first] = codes;
  if (json !== true) cli.terminal.say(summary(project, fit, codes.length, request.dryRun === true));
  if (first !== undefined && request.dryRun !== true) cli.exit(faultTable[first].exit);
}

/** A newer server may refuse with a code that is not known here. */
function knownCode({ code, done }: Done): FaultCode | null {
  if (code === null) return null;
  return code in faultTable && !done ? (code as FaultCode) : 'state_conflict';
}

function line({ ref, done, code }: Done, dryRun: boolean, known: FaultCode | null): string {
  if (known !== null) return `${ref}  refused: ${code ?? known}`;
  return done ? `${ref}  done` : `${ref}${dryRun ? '' : '  not done'}`;
}

function summary(project: string, fit: number, refused: number, dryRun: boolean): string {
  const others = refused === 0 ? '' : `, ${refused} ${dryRun ? 'would be refused' : 'refused'}`;
  if (fit + refused === 0) return `labkeep: no job of ${project} is selected`;
  return dryRun
    ? `labkeep: ${counted(fit, 'job')} would be meant${others}; --yes does it`
    : `labkeep: ${counted(fit, 'job')} done${others}`;
}
