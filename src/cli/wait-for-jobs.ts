/** Waits until jobs have ended: the event stream tells when, and a look at the job itself is what counts. */
import {
  type CallOptions,
  type Event,
  type Job,
  type JobState,
  type LabkeepClient,
  LabkeepError,
} from '@labkeep/client';
import { isFinal } from '../core/jobs/states.ts';

/** A server that is being restarted is waited for. */
const restartMs = 10 * 60_000;

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Is told every state that is seen. */
  readonly onState?: (ref: string, state: JobState) => void;
}

/** Gives every job as soon as it is final, in the order in which they end. */
export async function* endedJobs(
  client: LabkeepClient,
  refs: readonly string[],
  { signal, onState }: WaitOptions = {},
): AsyncGenerator<Job, void, undefined> {
  // Who is away at once is reported at once; who was there is waited for.
  let patience: CallOptions = { signal };
  const open = new Set(refs);
  for (;;) {
    // The cursor comes first: what ends after the look at the jobs is in the stream.
    const after = (await client.events.list({ limit: 1 }, patience)).asOf;
    patience = { retryForMs: restartMs, signal };
    for (const ref of [...open]) {
      const job = await client.jobs.get(ref, patience);
      onState?.(ref, job.state);
      if (!isFinal(job.state)) continue;
      open.delete(ref);
      yield job;
    }
    if (open.size === 0) return;
    yield* fromStream(client, after, open, patience, onState);
    if (open.size === 0) return;
  }
}

/** Ends when nothing is open, or when the stream has to begin anew. */
async function* fromStream(
  client: LabkeepClient,
  after: string,
  open: Set<string>,
  patience: CallOptions,
  onState: WaitOptions['onState'],
): AsyncGenerator<Job, void, undefined> {
  try {
    for await (const event of client.events.stream({ after, signal: patience.signal })) {
      for (const { ref, state } of event.jobs) if (open.has(ref)) onState?.(ref, state);
      for (const ref of endedIn(event, open)) {
        const job = await client.jobs.get(ref, patience);
        if (!isFinal(job.state)) continue;
        open.delete(ref);
        yield job;
      }
      if (open.size === 0) return;
    }
  } catch (error) {
    if (!(error instanceof LabkeepError) || error.code !== 'cursor_gone') throw error;
  }
}

function endedIn(event: Event, open: ReadonlySet<string>): readonly string[] {
  return event.jobs.filter(({ ref, state }) => isFinal(state) && open.has(ref)).map(({ ref }) => ref);
}
