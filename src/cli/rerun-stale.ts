/** `labkeep rerun --stale`: what rests on files that have been made again since, anew, in the order of ancestry. */
import type { Job, LabkeepClient, StaleJob } from '@labkeep/client';
import type { Cli } from './cli.ts';
import { endText } from './job-view.ts';
import { filesLikeBefore } from './like-before.ts';
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
  const plan = inOrder(await readStale(client, project));
  if (plan.length === 0)
    return cli.terminal.say(`labkeep: nothing in ${project} rests on what has been made again since`);
  if (options.dryRun) return tellPlan(cli, plan, options);
  const made = new Map<string, Job>();
  for (const { ref, after } of plan) {
    const job = await client.jobs.rerun(ref, {
      ...(await filesLikeBefore(client, ref)),
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

async function readStale(client: LabkeepClient, project: string): Promise<readonly StaleJob[]> {
  const items: StaleJob[] = [];
  for await (const job of client.provenance.eachStale(project, { limit: 1_000 })) items.push(job);
  return items;
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

/** Each after those that are stale too and make what it reads; of a circle, in the order given. */
function inOrder(stale: readonly StaleJob[]): readonly Planned[] {
  const known = new Map(stale.map((job) => [job.ref, job]));
  const makers = ({ ref, because }: StaleJob): readonly string[] => {
    const refs = because.flatMap(({ was, now }) => [was.ref, ...(now === null ? [] : [now.ref])]);
    return [...new Set(refs)].filter((one) => one !== ref && known.has(one));
  };
  const ordered = new Map<string, Planned>();
  for (const first of stale) {
    const open = [{ job: first, isReady: false }];
    const above = new Set<string>();
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { job, isReady } = top;
      if (isReady) {
        ordered.set(job.ref, { ref: job.ref, after: makers(job).filter((one) => ordered.has(one)) });
      } else if (!ordered.has(job.ref) && !above.has(job.ref)) {
        above.add(job.ref);
        open.push({ job, isReady: true });
        open.push(
          ...makers(job)
            .flatMap((one) => known.get(one) ?? [])
            .map((maker) => ({ job: maker, isReady: false })),
        );
      }
    }
  }
  return [...ordered.values()];
}
