import type { LogPage } from '../../../app/read-log.ts';
import type {
  AttemptRecord,
  FileMention,
  FileRecord,
  JobDetails,
  JobRecord,
  LateReport,
} from '../../../core/jobs/job.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import { expectedEnd, progressOfRun } from '../../../core/tasks/progress.ts';
import type { JobFile } from '../schemas/job-fields.ts';
import type { Attempt, Log, LateReport as ShownLateReport } from '../schemas/job-views.ts';
import type { Job, JobSummary } from '../schemas/jobs.ts';
import { timeText, timeTextOrNull } from './times.ts';

export function presentSummary(job: JobRecord): JobSummary {
  return {
    ref: writeReference(job),
    project: job.project,
    number: job.number,
    parent: job.parent,
    task: job.task,
    title: job.title,
    state: job.state,
    reason: job.reason,
    owner: job.owner,
    queue: job.queue,
    priority: job.priority,
    createdAt: timeText(job.createdAt),
    submittedAt: timeTextOrNull(job.submittedAt),
    startedAt: timeTextOrNull(job.startedAt),
    finishedAt: timeTextOrNull(job.finishedAt),
    cancelRequestedAt: timeTextOrNull(job.cancelRequestedAt),
    trashedAt: timeTextOrNull(job.trashedAt),
    exitCode: job.exitCode,
    attempts: job.attempts,
    revision: job.revision,
    rerunOf: job.rerunOf,
    origin: job.origin,
    rating: job.rating,
    tags: [...job.tags],
    numbers: job.numbers,
    comments: job.comments,
  };
}

export function presentJob(job: JobDetails): Job {
  const { document, progress, run } = job;
  return {
    ...presentSummary(job),
    files: job.files.map(presentFile),
    progress: presentProgress(job, progress),
    run,
    command: mutable(document.command),
    stdin: document.stdin,
    directory: document.directory,
    environment: document.environment,
    parameters: document.parameters,
    inputs: presentMentions(document.inputs),
    outputs: presentMentions(document.outputs),
    after: document.after.map(({ job: ref, on }) => ({ job: ref, on })),
    notBefore: timeTextOrNull(document.notBefore),
    resources: document.resources,
    limits: document.limits,
    retry: document.retry,
    onLost: document.onLost,
    metadata: document.metadata,
    atOnce: document.atOnce ?? null,
    locks: [...(document.locks ?? [])],
    databases: job.databases.map(({ path, mode, release, attempt }) => ({ path, mode, release, attempt })),
    children: job.children === null ? null : { ...job.children },
  };
}

/** How far a job is, as it is to be shown of this one. */
export function presentProgress(job: JobRecord, progress: JobDetails['progress']): Job['progress'] {
  const told = progress === null ? null : progressOfRun(job, progress);
  if (told === null) return null;
  const { fraction, text, counts, at } = told;
  const shown = counts === null ? null : { ...counts };
  const expectedAt = timeTextOrNull(expectedEnd(job, told));
  return { fraction, text, counts: shown, at: timeText(at), expectedAt };
}

export function presentFile(file: FileRecord): JobFile {
  const { role, path, size = null, sha256 = null, attempt, kind = null, note = null, madeBy = null } = file;
  return { role, path, size, sha256, attempt, kind, note, madeBy };
}

export function presentMentions(files: readonly FileMention[]): FileMention[] {
  return [...files];
}

export function mutable(command: readonly string[] | null): string[] | null {
  return command === null ? null : [...command];
}

export function presentAttempt(it: AttemptRecord): Attempt {
  return {
    attempt: it.attempt,
    epoch: it.epoch,
    worker: it.worker,
    startedAt: timeTextOrNull(it.startedAt),
    finishedAt: timeTextOrNull(it.finishedAt),
    outcome: it.outcome,
    exitCode: it.exitCode,
    reason: it.reason,
    error: it.error,
    run: it.run,
  };
}

export function presentLateReport(it: LateReport): ShownLateReport {
  return { ...it, at: timeText(it.at), outputs: [...it.outputs] };
}

export function presentLog(page: LogPage): Log {
  return {
    attempt: page.attempt,
    items: page.items.map(({ sequence, stream, at, data }) => ({
      sequence,
      stream,
      at: timeText(at),
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    })),
    next: page.next,
    complete: page.complete,
  };
}
