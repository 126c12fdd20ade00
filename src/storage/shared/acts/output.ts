import { Fault } from '../../../core/faults.ts';
import { roomInLog } from '../../../core/jobs/log-run.ts';
import { readAttempt } from '../../../core/jobs/reference.ts';
import { notYours } from '../../../core/jobs/report.ts';
import type { OutputAnswer, OutputChunk } from '../../../ports/records/workers.ts';
import { integer } from '../rows.ts';
import type { Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';

export interface Output {
  readonly principal: string;
  readonly attempt: string;
  readonly epoch: number;
  readonly chunks: readonly OutputChunk[];
}

/** Appends what fits under the cap, to the byte; a chunk that is there already is left as it is. */
export function* appendOutput(tx: Transaction, it: Output): Script<OutputAnswer> {
  const place = readAttempt(it.attempt);
  if (place === null) throw new Fault('attempt_unknown', { field: 'attempt', found: it.attempt });
  yield* refuseStranger(tx, it, place);
  const size = yield* tx.selectOne('find-log-size', place.jobId, place.attempt);
  let kept = size === undefined ? 0 : integer(size.bytes);
  const sequences = it.chunks.map((chunk) => chunk.sequence);
  const present = new Set(
    (yield* tx.select('list-log-sequences', place.jobId, place.attempt, sequences)).map((row) =>
      integer(row.sequence),
    ),
  );
  const rows: (readonly Value[])[] = [];
  let capped = false;
  for (const chunk of it.chunks) {
    if (present.has(chunk.sequence)) continue;
    const fits = roomInLog(chunk.stream, kept);
    if (chunk.data.length > fits) capped = true;
    if (fits === 0 && chunk.data.length > 0) continue;
    const data = chunk.data.subarray(0, fits);
    present.add(chunk.sequence);
    kept += data.length;
    rows.push([place.jobId, place.attempt, chunk.sequence, chunk.stream, tx.now, data]);
  }
  yield* tx.write('insert-log', rows);
  if (rows.length > 0) yield* tx.write('set-log-size', [[place.jobId, place.attempt, kept]]);
  return { kept, capped };
}

/** Output comes from the worker that holds the attempt, or held it last under this epoch. */
function* refuseStranger(
  tx: Transaction,
  it: Output,
  place: { readonly jobId: number; readonly attempt: number },
): Script<void> {
  const live = yield* tx.selectOne('find-live', place.jobId);
  const current =
    live !== undefined &&
    live.epoch === it.epoch &&
    live.attempt === place.attempt &&
    live.state !== 'offered';
  const ended = current ? undefined : yield* tx.selectOne('find-attempt', place.jobId, place.attempt);
  if (!current && ended?.epoch !== it.epoch)
    throw new Fault('epoch_stale', { field: 'epoch', found: it.epoch });
  const workerId = current ? live.worker_id : ended?.worker_id;
  const worker = yield* tx.selectOne('find-worker', integer(workerId));
  if (worker?.principal !== it.principal) throw notYours(it.attempt);
}
