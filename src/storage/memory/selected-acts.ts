import { Fault } from '../../core/faults.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import type { ActedOn, SelectStorage } from '../../ports/records/select.ts';
import type { Act } from './act.ts';
import { editJob, moveJobs } from './manual.ts';
import { isSelected } from './selecting.ts';
import { copyOf, jobOf, projectNamed } from './state.ts';

/** Each job is tried on a copy, which is kept if no rule refused. */
export function actOnSelected(
  act: Act,
  params: Parameters<SelectStorage['actOnSelected']>[0],
): { readonly items: readonly ActedOn[]; readonly next: string | null } {
  projectNamed(act.state, params.project);
  const selected = params.jobs.filter((id) => isSelected(act.state, params, jobOf(act.state, id)));
  const items = selected.map((id): ActedOn => {
    const { record } = jobOf(act.state, id);
    const ref = writeReference(record);
    if (params.owner !== null && record.owner !== params.owner)
      return { ref, done: false, code: 'forbidden' };
    const trial: Act = { ...act, state: copyOf(act.state), happened: [] };
    try {
      if ('move' in params.act) moveJobs(trial, [record], params.act.move, params.by.principal);
      else editJob(trial, record, null, params.act.changes);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { ref, done: false, code: error.code };
    }
    Object.assign(act.state, trial.state);
    act.happened.push(...trial.happened);
    return { ref, done: true, code: null };
  });
  return { items, next: params.next };
}
