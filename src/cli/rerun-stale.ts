/** `labkeep rerun --stale`: what rests on files that have been made again since, anew, in the order of ancestry. */
import type { Job, LabkeepClient, StaleJob } from '@labkeep/client';
import { all } from './all.ts';
import type { Cli } from './cli.ts';
import { endText } from './job-view.ts';
import { makersFirst } from './makers-first.ts';
import { waitForJobs } from './show-waiting.ts';
import { counted } from './text.ts';

export interface StaleOptions {
  readonly json?: true;
  readonly wait?: true;
  readonly hold?: true;
  readonly dryRun?: true;
}

/** A job to be done anew, and those that must be done before it. */
interface Planned {
  readonly ref: string;
  readonly after: readonly string[];
}

export async function rerunStale(
  cli: Cli,
  client: LabkeepClient,
  project: string,
  options: StaleOptions,
): Promise<void> {
  const plan = inOrder(await all(client.provenance.eachStale(project, { limit: 1_000 })));
  if (plan.length === 0)
    return cli.terminal.say(`labkeep: nothing in ${project} rests on what has been made again since`);
  if (options.dryRun) return tellPlan(cli, plan, options);
  const made = new Map<string, Job>();
  for (const { ref, after } of plan) {
    const job = await client.jobs.rerun(ref, {
      after: after.flatMap((one) => made.get(one)?.ref ?? []).map((one) => ({ job: one })),
      hold: options.hold,
    });
    made.set(ref, job);
    if (options.json && !options.wait) cli.terminal.json(job);
    if (!options.json) {
      cli.terminal.out(job.ref);
      cli.terminal.say(
        `labkeep: ${job.ref} is a rerun of ${ref}${behind(after.map((one) => made.get(one)?.ref))}`,
      );
    }
  }
  if (options.wait) await waitForAll(cli, client, [...made.values()], options);
}

function tellPlan({ terminal }: Cli, plan: readonly Planned[], { json }: StaleOptions): void {
  for (const { ref, after } of plan)
    if (json) terminal.json({ ref, after });
    else terminal.out(`${ref}${behind(after)}`);
  if (!json) terminal.say(`labkeep: ${counted(plan.length, 'job')} would be done anew, in this order`);
}

function behind(refs: readonly (string | undefined)[]): string {
  return refs.length === 0 ? '' : `, after ${refs.join(', ')}`;
}

async function waitForAll(
  cli: Cli,
  client: LabkeepClient,
  jobs: readonly Job[],
  { json }: StaleOptions,
): Promise<void> {
  const refs = jobs.map(({ ref }) => ref);
  await waitForJobs(cli, client, refs, (ended) => {
    if (json) cli.terminal.json(ended);
    else cli.terminal.say(`labkeep: ${endText(ended, cli.now())}`);
    if (ended.state !== 'succeeded') cli.exit(1);
  });
}

/** Each after those that are stale too and make what it reads. */
function inOrder(stale: readonly StaleJob[]): readonly Planned[] {
  const known = new Map(stale.map((job) => [job.ref, job]));
  const makersOf = ({ ref, because }: StaleJob): readonly StaleJob[] => {
    const refs = because.flatMap(({ was, now }) => [was.ref, ...(now === null ? [] : [now.ref])]);
    return [...new Set(refs)].flatMap((one) => (one === ref ? [] : (known.get(one) ?? [])));
  };
  const told = new Set<StaleJob>();
  return makersFirst(stale, makersOf).map((job) => {
    const after = makersOf(job).filter((maker) => told.has(maker));
    told.add(job);
    return { ref: job.ref, after: after.map(({ ref }) => ref) };
  });
}
