import type { Principal } from '../../../core/access/roles.ts';
import { Fault } from '../../../core/faults.ts';
import type { JobRecord, LiveJob } from '../../../core/jobs/job.ts';
import { endedAt, type RunEnd, refuseStranger } from '../../../core/jobs/record.ts';
import { readAttempt } from '../../../core/jobs/reference.ts';
import { endedSo } from '../../../core/jobs/report.ts';
import { settle } from '../../../core/jobs/steps.ts';
import type { AttemptClaim } from '../../../ports/records/workers.ts';
import { applySteps } from '../apply-steps.ts';
import { documentFrom, documentText } from '../document.ts';
import { integer, liveOf, recordOf, text, textOrNull } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { addNumbers } from './annotations.ts';
import { keepLate } from './keep-late.ts';
import { knowProjects } from './know.ts';
import { insertFiles } from './place-files.ts';
import { tieRun } from './tie-inputs.ts';

export interface RunFinish extends AttemptClaim {
  readonly by: Principal;
  readonly end: RunEnd;
}

/** Ends a run under its epoch. What comes too late is kept and changes nothing; what comes twice counts once. */
export function* finishRun(tx: Transaction, it: RunFinish): Script<JobRecord> {
  const { jobId, attempt, job } = yield* runOf(tx, it);
  const row = yield* tx.selectOne('find-live', jobId);
  const live = row === undefined ? null : liveOf(row);
  yield* knowProjects(tx, [{ projectId: integer(job.project_id) }]);
  if (live !== null && live.epoch === it.epoch && live.attempt === attempt) yield* endRun(tx, live, it.end);
  else {
    const ended = yield* tx.selectOne('find-attempt', jobId, attempt);
    const repeated = ended?.epoch === it.epoch && endedSo(textOrNull(ended.outcome), it.end.outcome);
    const late = { jobId, attempt, epoch: it.epoch, outcome: it.end.outcome };
    if (!repeated)
      yield* keepLate(tx, [{ ...late, body: { attempt: it.attempt, epoch: it.epoch, ...it.end } }]);
  }
  const [record] = yield* tx.select('list-jobs-by-id', [jobId]);
  if (record === undefined) throw new Error(`no job has the id ${jobId}`);
  return recordOf(record, text(job.project));
}

/** The run that an attempt is of, if it is this principal’s. */
export function* runOf(
  tx: Transaction,
  it: AttemptClaim & { readonly by: Principal },
): Script<{
  readonly jobId: number;
  readonly attempt: number;
  readonly job: Row;
  readonly leaseMs: number;
}> {
  const place = readAttempt(it.attempt);
  const run = place === null ? undefined : yield* tx.selectOne('find-run', place.jobId);
  const job = place === null ? undefined : yield* tx.selectOne('find-job-by-id', place.jobId);
  if (place === null || run === undefined || job === undefined)
    throw new Fault('attempt_unknown', {
      field: 'attempt',
      found: it.attempt,
      expected: 'the attempt of a recorded run',
    });
  refuseOthers(it.by, job);
  return { ...place, job, leaseMs: integer(run.lease_ms) };
}

export function refuseOthers(by: Principal, job: Row): void {
  refuseStranger(by, { project: text(job.project), number: text(job.number), owner: text(job.owner) });
}

/** Writes what is known now that the run has ended: files, digests, times as they were told. */
export function* endRun(tx: Transaction, live: LiveJob, end: RunEnd): Script<void> {
  const at = endedAt(end.finishedAt, live.startedAt, tx.now);
  yield* completeInputs(tx, live.id, end.inputs);
  yield* completeFacts(tx, live.id, end);
  if (live.policy.readsFiles || (end.inputs?.length ?? 0) > 0) yield* tieRun(tx, live);
  const made = { attempt: live.attempt, at };
  yield* insertFiles(tx, [{ jobId: live.id, role: 'output', files: end.outputs, made }]);
  if (end.numbers !== undefined) yield* addNumbers(tx, new Map([[live.id, end.numbers]]));
  yield* applySteps(tx, [settle(live, end, { now: tx.now, chance: tx.chance.next() })]);
  yield* tx.write('set-run-end', [[live.id, at]]);
  yield* tx.write('set-attempt-end', [[live.id, live.attempt, at]]);
}

/** What was read, as it is known at the end: with digests, without what turned out to be written only. */
function* completeInputs(tx: Transaction, jobId: number, inputs: RunEnd['inputs']): Script<void> {
  if (inputs === undefined) return;
  const known = new Map<string, Row>();
  for (const row of yield* tx.select('list-inputs', [jobId])) known.set(text(row.path), row);
  const facts = inputs.flatMap((file) => {
    const row = known.get(file.path);
    if (row === undefined) return [];
    const before = { size: row.size, sha256: row.sha256, kind: row.kind, note: row.note };
    const { size, sha256, kind, note } = { ...before, ...file };
    return [[integer(row.id), size ?? null, sha256 ?? null, kind ?? null, note ?? null]];
  });
  const read = new Set(inputs.map(({ path }) => path));
  const others = [...known].filter(([path]) => !read.has(path)).map(([, { id }]) => [integer(id)]);
  yield* tx.write('delete-files', others);
  yield* tx.write('set-file-facts', facts);
  const files = inputs.filter(({ path }) => !known.has(path));
  yield* insertFiles(tx, [{ jobId, role: 'input', files, made: null }]);
}

function* completeFacts(tx: Transaction, jobId: number, end: RunEnd): Script<void> {
  if (end.executable !== undefined || end.version !== undefined) {
    const run = yield* tx.selectOne('find-run', jobId);
    const path = textOrNull(run?.executable);
    const before = path === null ? null : { path, sha256: textOrNull(run?.executable_sha256) };
    const executable = end.executable === undefined ? before : end.executable;
    const version = end.version === undefined ? textOrNull(run?.version) : end.version;
    yield* tx.write('set-run-facts', [
      [jobId, executable?.path ?? null, executable?.sha256 ?? null, version],
    ]);
  }
  if (end.stdin === undefined) return;
  const document = documentFrom((yield* tx.selectOne('find-document', jobId))?.body);
  if (document.stdin !== end.stdin)
    yield* tx.write('update-document', [[jobId, documentText({ ...document, stdin: end.stdin })]]);
}
