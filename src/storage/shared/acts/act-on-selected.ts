import { Fault } from '../../../core/faults.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { ActedOn, SelectStorage } from '../../../ports/records/select.ts';
import { integer, text } from '../rows.ts';
import { type Script, select } from '../script.ts';
import { filter } from '../select/find-places.ts';
import { resolve } from '../select/resolve.ts';
import type { Transaction } from '../transaction.ts';
import { editJob } from './edit-job.ts';
import { projectRow } from './know.ts';
import { moveJobs } from './move-jobs.ts';

type Params = Omit<Parameters<SelectStorage['actOnSelected']>[0], 'by'>;

/** One job after the other, in the order given; a rule that refuses one does so before anything of it is written. */
export function* actOnSelected(
  tx: Transaction,
  { project, criterion, trash, jobs, owner, act, next }: Params,
): Script<{ readonly items: readonly ActedOn[]; readonly next: string | null }> {
  const projectId = integer((yield* projectRow(tx, project)).id);
  const places = jobs.map((id) => ({ value: null, id }));
  const selected = yield* filter({ projectId, criterion: yield* resolve(criterion), trash }, places);
  const rows =
    selected.length === 0
      ? []
      : yield* select(
          'list-jobs-by-id',
          selected.map(({ id }) => id),
        );
  const known = new Map(rows.map((row) => [integer(row.id), row]));
  const items: ActedOn[] = [];
  for (const { id } of selected) {
    const row = known.get(id);
    if (row === undefined) continue;
    const place = { project, number: text(row.number) };
    const ref = writeReference(place);
    if (owner !== null && row.owner !== owner) {
      items.push({ ref, done: false, code: 'forbidden' });
      continue;
    }
    const before = tx.writes;
    try {
      if ('move' in act) yield* moveJobs(tx, [place], act.move);
      else yield* editJob(tx, { place, revision: null, changes: act.changes });
      items.push({ ref, done: true, code: null });
    } catch (error) {
      if (!(error instanceof Fault) || tx.writes > before) throw error;
      items.push({ ref, done: false, code: error.code });
    }
  }
  return { items, next };
}
