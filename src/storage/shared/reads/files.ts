import type { FileRecord, MadeBy } from '../../../core/jobs/job.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import { integer, integerOrNull, oneOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';

/** Files of one job, each input with what it was made by. */
export function* fileRecords(jobId: number, rows: readonly Row[]): Script<readonly FileRecord[]> {
  const inputs = rows.filter(({ role }) => role === 'input').map(({ id }) => integer(id));
  const ties = inputs.length === 0 ? [] : yield* select('list-ties-of', jobId, inputs);
  // Of several attempts, the last word holds.
  const makers = new Map(ties.map((row) => [integer(row.file_id), madeByOf(row)]));
  return rows.map((row) => {
    const madeBy = makers.get(integer(row.id));
    return madeBy === undefined ? fileOf(row) : { ...fileOf(row), madeBy };
  });
}

export function fileOf(row: Row): FileRecord {
  const size = integerOrNull(row.size);
  const sha256 = textOrNull(row.sha256);
  const note = textOrNull(row.note);
  return {
    role: oneOf(row.role, ['input', 'output']),
    path: text(row.path),
    attempt: integerOrNull(row.attempt),
    ...(size === null ? {} : { size }),
    ...(sha256 === null ? {} : { sha256 }),
    ...(row.kind === 'directory' ? { kind: 'directory' } : {}),
    ...(note === null ? {} : { note }),
  };
}

export function madeByOf(row: Row): MadeBy {
  return {
    ref: writeReference({ project: text(row.project), number: text(row.number) }),
    attempt: integer(row.producer_attempt),
    by: oneOf(row.found_by, ['path', 'content']),
    cyclic: row.cyclic === 1,
    provisional: row.provisional === 1,
  };
}
