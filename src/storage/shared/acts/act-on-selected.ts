import { Fault } from '../../../core/faults.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { ActedOn, SelectStorage } from '../../../ports/records/select.ts';
import { integer, text } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { filter } from '../select/find-places.ts';
import { resolve } from '../select/resolve.ts';
import type { Transaction } from '../transaction.ts';
import { cancelSlice } from './cancel-slices.ts';
import { editJob } from './edit-job.ts';
import { projectRow } from './know.ts';
import { moveJobs } from './move-jobs.ts';

type Params = Omit<Parameters<SelectStorage['actOnSelected']>[0], 'by'>;

/**
 * One job after the other, in the order given; a rule that refuses one does so before anything of it is written.
 * `begun`: jobs whose cancellation began in earlier acts.
 */
export function* actOnSelected(
  tx: Transaction,
  params: Params,
  begun: readonly number[] = [],
): Script<{ readonly items: readonly ActedOn[]; readonly next: string | null }> {
  const { project, owner, act, next } = params;
  const items: ActedOn[] = [];
  for (const row of yield* stillSelected(tx, params)) {
    const place = { project, number: text(row.number) };
    const ref = writeReference(place);
    if (owner !== null && row.owner !== owner) {
      items.push({ ref, done: false, code: 'forbidden' });
      continue;
    }
    const before = tx.writes;
    try {
      if ('move' in act) yield* moveJobs(tx, [place], act.move, begun);
      else yield* editJob(tx, { place, revision: null, changes: act.changes });
      items.push({ ref, done: true, code: null });
    } catch (error) {
      if (!(error instanceof Fault) || tx.writes > before) throw error;
      items.push({ ref, done: false, code: error.code });
    }
  }
  return { items, next };
}

/** Cancels a slice of the jobs below one that is still selected, and may be acted on. */
export function* cancelSliceOfSelected(tx: Transaction, id: number, params: Params): Script<boolean> {
  const [row] = yield* stillSelected(tx, { ...params, jobs: [id] });
  if (row === undefined || (params.owner !== null && row.owner !== params.owner)) return false;
  return yield* cancelSlice(tx, id);
}

/** Those of the jobs that the selection holds now, in the order given. */
function* stillSelected(
  tx: Transaction,
  { project, criterion, trash, jobs }: Params,
): Script<readonly Row[]> {
  const projectId = integer((yield* projectRow(tx, project)).id);
  const places = jobs.map((id) => ({ value: null, id }));
  const selected = yield* filter({ projectId, criterion: yield* resolve(criterion), trash }, places);
  if (selected.length === 0) return [];
  const rows = yield* select(
    'list-jobs-by-id',
    selected.map(({ id }) => id),
  );
  const known = new Map(rows.map((row) => [integer(row.id), row]));
  return selected.map(({ id }) => known.get(id)).filter((row) => row !== undefined);
}
