// `declaredTask`, `boundedCounts` and what is of mounts are here for Labkeep’s own worker and recorder: no part of the contract.

export type { DatabaseQuery } from './databases.ts';
export type { TaskDeclaration, TaskParameters } from './declared-task.ts';
export { declaredTask } from './declared-task.ts';
export type { EventQuery, StreamOptions } from './events.ts';
export type { JobAct, JobQuery, JobSelection, LogQuery } from './jobs.ts';
export { LabkeepClient } from './labkeep-client.ts';
export { LabkeepError, type Refusal } from './labkeep-error.ts';
export type { HeldLocks, HoldOptions } from './lock-hold.ts';
export type { LockQuery } from './locks.ts';
export { type Mount, mountsOf, offerHere, pathHere, pathThere, textThere } from './mounts.ts';
export type { CallOptions, ClientOptions, PageQuery, RetryOptions } from './options.ts';
export { boundedCounts } from './progress-news.ts';
export type { ProjectQuery } from './projects.ts';
export type { FilesQuery, GraphQuery, TraceQuery, WhenceQuery } from './provenance.ts';
export type { DuringOptions, RunContext, RunFindings, RunStart } from './run-during.ts';
export type { SessionQuery } from './sessions.ts';
export type * from './types.ts';
export type { VerifyQuery } from './verification.ts';
export type { JobContext, JobHandler, JobResult, WorkOptions } from './work.ts';
