import type { AttemptList, Event, Job } from '@labkeep/client';
import { jobPath, type ServerLab } from '../http/server-lab.ts';
import type { Facts } from './judge.ts';
import type { Ledger } from './ledger.ts';

export const project = 'toxd';

/** All that the judge looks at: what the server says of the project, and what the work itself wrote. */
export async function gatherFacts(
  server: ServerLab,
  acknowledged: readonly string[],
  ledger: Ledger,
): Promise<Facts> {
  const { items } = await server.ok('GET', `/v1/projects/${project}/jobs?limit=1000`);
  const jobs: Job[] = await Promise.all(items.map(({ ref }: Job) => server.ok('GET', jobPath(ref))));
  const attempts = new Map<string, AttemptList>();
  for (const { ref } of jobs) attempts.set(ref, await server.ok('GET', `${jobPath(ref)}/attempts`));
  const events: Event[] = [];
  for (let after: string | null = null; ; ) {
    const page = await server.ok('GET', `/v1/events?limit=1000${after === null ? '' : `&after=${after}`}`);
    events.push(...page.items);
    if (page.items.length < 1_000) break;
    after = page.next;
  }
  return { acknowledged, jobs, attempts, events, ledger: ledger.lines };
}
