/** What every storage must do, topic by topic. */
import { claims } from './claims.ts';
import { confirm } from './confirm.ts';
import { containers } from './containers.ts';
import { dependencies } from './dependencies.ts';
import { finish } from './finish.ts';
import type { Harness } from './harness.ts';
import { jobsInsert } from './jobs-insert.ts';
import { jobsList } from './jobs-list.ts';
import { leasesAndGap } from './leases-and-gap.ts';
import { manualActs } from './manual-acts.ts';
import { projects } from './projects.ts';
import { retries } from './retries.ts';

const topics = [
  projects,
  jobsInsert,
  jobsList,
  dependencies,
  containers,
  manualActs,
  claims,
  confirm,
  finish,
];

export function exercise(harness: Harness): void {
  for (const topic of topics) topic(harness);
}
