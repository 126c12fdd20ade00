export type { EventQuery, StreamOptions } from './events.ts';
export type { JobAct, JobQuery, JobSelection, LogQuery } from './jobs.ts';
export { LabkeepClient } from './labkeep-client.ts';
export { LabkeepError, type Refusal } from './labkeep-error.ts';
export type { CallOptions, ClientOptions, PageQuery, RetryOptions } from './options.ts';
export type { FilesQuery, GraphQuery, TraceQuery } from './provenance.ts';
export type { DuringOptions, RunContext, RunFindings, RunStart } from './run-during.ts';
export type * from './types.ts';
export type { JobContext, JobHandler, JobResult, WorkOptions } from './work.ts';
