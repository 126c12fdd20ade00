/** What every storage must do, topic by topic. */
import { cancel } from './cancel.ts';
import { claims } from './claims.ts';
import { confirm } from './confirm.ts';
import { containers } from './containers.ts';
import { dependencies } from './dependencies.ts';
import { events } from './events.ts';
import { finish } from './finish.ts';
import type { Harness } from './harness.ts';
import { idempotency } from './idempotency.ts';
import { incarnations } from './incarnations.ts';
import { jobsInsert } from './jobs-insert.ts';
import { jobsList } from './jobs-list.ts';
import { leasesAndGap } from './leases-and-gap.ts';
import { manualActs } from './manual-acts.ts';
import { outputAndFiles } from './output-and-files.ts';
import { projects } from './projects.ts';
import { retries } from './retries.ts';
import { restart, status } from './status.ts';
import { timeLimits } from './time-limits.ts';
import { tokens } from './tokens.ts';

export function exercise(harness: Harness): void {
  projects(harness);
  jobsInsert(harness);
  jobsList(harness);
  dependencies(harness);
  containers(harness);
  manualActs(harness);
  claims(harness);
  confirm(harness);
  finish(harness);
  retries(harness);
  leasesAndGap(harness);
  timeLimits(harness);
  cancel(harness);
  outputAndFiles(harness);
  tokens(harness);
  idempotency(harness);
  events(harness);
  status(harness);
  restart(harness);
  incarnations(harness);
}
