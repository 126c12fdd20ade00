/** Waiting for jobs, with what they do shown to whoever looks. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobState, LabkeepClient, Progress } from '@labkeep/client';
import { isFinal } from '../core/jobs/states.ts';
import { countsText } from '../core/tasks/progress.ts';
import { span } from '../recorder/span.ts';
import type { Cli } from './cli.ts';
import { barText, withProgress } from './progress.ts';
import { plain } from './text.ts';
import { endedJobs } from './wait-for-jobs.ts';

/** Waits until all have ended, and tells of each when it has. */
export async function waitForJobs(
  cli: Cli,
  client: LabkeepClient,
  refs: readonly string[],
  tell: (job: Job) => void | Promise<void>,
): Promise<void> {
  const states = new Map<string, JobState>(refs.map((ref) => [ref, 'ready']));
  const looking = new AbortController();
  const onState = (ref: string, state: JobState): void => void states.set(ref, state);
  let how = '';
  const [one] = refs;
  if (one !== undefined && refs.length === 1 && cli.terminal.movesTalk)
    void follow(client, one, looking.signal, (text) => {
      how = text;
    });
  try {
    await withProgress(
      cli,
      () => progressOf(states) + how,
      async () => {
        for await (const job of endedJobs(client, refs, { onState })) await tell(job);
      },
    );
  } finally {
    looking.abort();
  }
}

const lookEveryMs = 1_000;

/** Tells how far a job is, until the signal ends it. Who waits learns of a server that is away by other ways. */
async function follow(
  client: LabkeepClient,
  ref: string,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<void> {
  for (;;) {
    const job = await client.jobs.get(ref, { signal }).catch(() => null);
    if (signal.aborted) return;
    if (job !== null) tell(job.progress === null ? '' : `  ${progressText(job.progress)}`);
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** `━━━━──── 50 % indexing, 3 of 12 files` */
export function progressText(progress: Progress): string {
  return `${barText(progress.fraction)} ${saidText(progress)}`;
}

/** `50 % indexing, 3 of 12 files` */
export function saidText({ fraction, text, counts }: Progress): string {
  const percent = `${Math.floor(fraction * 100)} %${text === null ? '' : ` ${plain(text)}`}`;
  return counts === null ? percent : `${percent}, ${plain(countsText(counts))}`;
}

/** `about 3 min more`, or nothing where that cannot be said. */
export function restText(expectedAt: string | null, now: number): string | null {
  if (expectedAt === null) return null;
  const leftMs = Date.parse(expectedAt) - now;
  return leftMs > 0 ? `about ${span(leftMs)} more` : 'longer than expected';
}

/** `toxd/12 running`; of several: `━━━━──── 5 of 12 ended, 1 not succeeded, 2 running`. */
function progressOf(states: ReadonlyMap<string, JobState>): string {
  const [[ref, state] = ['', 'ready']] = states;
  if (states.size === 1) return `${ref} ${state}`;
  const all = [...states.values()];
  const ended = all.filter(isFinal).length;
  const counts = [
    [all.filter((one) => isFinal(one) && one !== 'succeeded').length, 'not succeeded'],
    [all.filter((one) => one === 'running').length, 'running'],
  ] as const;
  const parts = counts.filter(([many]) => many > 0).map(([many, what]) => `, ${many} ${what}`);
  return `${barText(ended / all.length)}  ${ended} of ${all.length} ended${parts.join('')}`;
}
