/** What servers say of a run, and of themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event, Job, LabkeepClient } from '@labkeep/client';
import type { JudgedAttempt } from './checks.ts';

/** The stream of events until the signal, whatever cuts it off. */
export async function follow(
  client: LabkeepClient,
  signal: AbortSignal,
  take: (event: Event) => void,
): Promise<void> {
  try {
    for await (const event of client.events.stream({
      signal,
      after: (await client.events.list({ limit: 1 })).next,
    }))
      take(event);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** All events after the cursor, or from the first on. */
export async function allEvents(client: LabkeepClient, from?: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  let after = from;
  for (;;) {
    const page = await client.events.list({ after, limit: 1_000 });
    events.push(...page.items);
    if (page.next === page.asOf || page.next === after) return events;
    after = page.next;
  }
}

/** All jobs of the project, each as it is shown by itself. */
export async function jobsOf(client: LabkeepClient, project: string): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  for await (const { ref } of client.jobs.each(project, { limit: 1_000 }))
    jobs.push(await client.jobs.get(ref));
  return jobs;
}

export async function attemptsOf(
  client: LabkeepClient,
  jobs: readonly Job[],
): Promise<ReadonlyMap<string, readonly JudgedAttempt[]>> {
  const attempts = new Map<string, readonly JudgedAttempt[]>();
  for (const { ref } of jobs) attempts.set(ref, (await client.jobs.attempts(ref)).items);
  return attempts;
}

/** What servers wrote as an error of their own; that the database was away, where it was killed, is none. */
export function faultsOf(data: string): readonly string[] {
  return readFileSync(join(data, 'log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"level":50') && !line.includes('storage_unavailable'));
}

/** A server does not start while the database, which was killed, is away: that is as it should be. */
export function isFault(said: string): boolean {
  return !said.includes('The storage does not answer');
}
