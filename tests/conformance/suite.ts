/** What every storage must do, topic by topic. */
import { suite } from 'node:test';
import { annotations } from './annotations.ts';
import { arrays } from './arrays.ts';
import { cancel } from './cancel.ts';
import { circles } from './circles.ts';
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
import { model } from './model.ts';
import { outputAndFiles } from './output-and-files.ts';
import { projects } from './projects.ts';
import { provenance } from './provenance.ts';
import { retries } from './retries.ts';
import { runs } from './runs.ts';
import { select } from './select.ts';
import { selectActs } from './select-acts.ts';
import { selectModel } from './select-model.ts';
import { stale } from './stale.ts';
import { restart, status } from './status.ts';
import { templates } from './templates.ts';
import { ties } from './ties.ts';
import { tiesModel } from './ties-model.ts';
import { timeLimits } from './time-limits.ts';
import { tokens } from './tokens.ts';
import { trash } from './trash.ts';

const topics = [
  projects,
  jobsInsert,
  jobsList,
  select,
  selectActs,
  selectModel,
  dependencies,
  containers,
  arrays,
  circles,
  manualActs,
  annotations,
  templates,
  trash,
  claims,
  confirm,
  finish,
  retries,
  leasesAndGap,
  timeLimits,
  cancel,
  outputAndFiles,
  runs,
  ties,
  provenance,
  stale,
  tiesModel,
  tokens,
  idempotency,
  events,
  status,
  restart,
  incarnations,
  model,
];

const allCasesMs = 30 * 60_000;

/** Cases share nothing, so several may run at once: where each waits for a server, that is much faster. */
export function exercise(harness: Harness): void {
  suite(harness.name, { concurrency: harness.casesAtOnce, timeout: allCasesMs }, () => {
    for (const topic of topics) topic(harness);
  });
}
