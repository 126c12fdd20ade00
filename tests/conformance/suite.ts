/** What every storage must do, topic by topic. */
import { suite } from 'node:test';
import { annotations } from './annotations.ts';
import { arrays } from './arrays.ts';
import { cancel } from './cancel.ts';
import { catalogue } from './catalogue.ts';
import { circles } from './circles.ts';
import { claims } from './claims.ts';
import { closures } from './closures.ts';
import { confirm } from './confirm.ts';
import { containers } from './containers.ts';
import { crowds } from './crowds.ts';
import { dependencies } from './dependencies.ts';
import { directories } from './directories.ts';
import { events } from './events.ts';
import { finish } from './finish.ts';
import { hands } from './hands.ts';
import type { Harness } from './harness.ts';
import { idempotency } from './idempotency.ts';
import { incarnations } from './incarnations.ts';
import { jobLocks } from './job-locks.ts';
import { jobLocksKept } from './job-locks-kept.ts';
import { jobLocksModel } from './job-locks-model.ts';
import { jobsInsert } from './jobs-insert.ts';
import { jobsList } from './jobs-list.ts';
import { leasesAndGap } from './leases-and-gap.ts';
import { lockChanges } from './lock-changes.ts';
import { lockModel } from './lock-model.ts';
import { lockReleases } from './lock-releases.ts';
import { lockWeaknesses } from './lock-weaknesses.ts';
import { locks } from './locks.ts';
import { locksTogether } from './locks-together.ts';
import { manualActs } from './manual-acts.ts';
import { model } from './model.ts';
import { news } from './news.ts';
import { outputAndFiles } from './output-and-files.ts';
import { projects } from './projects.ts';
import { provenance } from './provenance.ts';
import { releases } from './releases.ts';
import { resolve } from './resolve.ts';
import { retries } from './retries.ts';
import { runFacts } from './run-facts.ts';
import { runs } from './runs.ts';
import { select } from './select.ts';
import { selectActs } from './select-acts.ts';
import { selectModel } from './select-model.ts';
import { servers } from './servers.ts';
import { sessions } from './sessions.ts';
import { stale } from './stale.ts';
import { restart, status } from './status.ts';
import { tasks } from './tasks.ts';
import { templates } from './templates.ts';
import { ties } from './ties.ts';
import { tiesModel } from './ties-model.ts';
import { timeLimits } from './time-limits.ts';
import { tokens } from './tokens.ts';
import { trash } from './trash.ts';
import { whence } from './whence.ts';

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
  tasks,
  templates,
  trash,
  claims,
  hands,
  confirm,
  finish,
  retries,
  resolve,
  leasesAndGap,
  timeLimits,
  cancel,
  crowds,
  news,
  outputAndFiles,
  runs,
  runFacts,
  ties,
  provenance,
  whence,
  directories,
  stale,
  tiesModel,
  catalogue,
  servers,
  sessions,
  locks,
  lockChanges,
  jobLocks,
  jobLocksKept,
  lockReleases,
  releases,
  lockWeaknesses,
  locksTogether,
  closures,
  lockModel,
  jobLocksModel,
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
