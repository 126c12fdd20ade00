import { mayDo } from '../core/access/roles.ts';
import { readAnnotationChanges } from '../core/annotations/annotations.ts';
import { Fault } from '../core/faults.ts';
import type { JobRecord } from '../core/jobs/job.ts';
import { writeReference } from '../core/jobs/reference.ts';
import { specifyJob } from '../core/jobs/specify.ts';
import { moves } from '../core/jobs/states.ts';
import { isResolution, type Resolution } from '../core/jobs/steps.ts';
import type { SelectedMove } from '../core/select/selected-moves.ts';
import { oldestFirst } from '../core/select/sort.ts';
import type { ActedOn, SelectedAct } from '../ports/records/select.ts';
import type { JobChanges } from '../ports/storage.ts';
import { allow, refuseAttempts } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { readSelection } from './selection.ts';
import type { World } from './world.ts';

export interface BulkChanges {
  readonly addTags?: readonly string[] | undefined;
  readonly removeTags?: readonly string[] | undefined;
  readonly rating?: JobRecord['rating'] | undefined;
  readonly priority?: number | undefined;
}

/** Either an act or changes, on all that is selected, a slice at a time. */
export interface BulkRequest {
  readonly where: string;
  readonly act?: SelectedMove | undefined;
  readonly changes?: BulkChanges | undefined;
  /** Only tell what is selected. */
  readonly dryRun?: boolean | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

export interface BulkAnswer {
  /** Of this slice. */
  readonly matched: number;
  readonly items: readonly ActedOn[];
  readonly next: string | null;
}

/** One slice of a bulk act: the jobs of one page, each done or refused by itself, in one act. */
export function actOnSelected({ storage, clock }: World) {
  return async (caller: Caller, project: string, request: BulkRequest): Promise<BulkAnswer> => {
    const { principal } = caller;
    refuseAttempts(principal, 'act on a selection');
    allow(principal, 'job.write', project);
    const act = readAct(request);
    if (request.where.trim() === '')
      throw new Fault('invalid_field', {
        field: 'where',
        found: request.where,
        expected: 'a selection; created>=1970 selects every job',
      });
    const trash = 'move' in act && act.move === 'restore';
    const { carry, tree: _, ...selection } = readSelection(caller, { ...request, project }, clock.now());
    const sort = oldestFirst;
    const page = await storage.selectJobs({ project, trash, sort, limit: request.limit, ...selection });
    const next = carry(page.next);
    const owner = mayDo(principal.grants, 'job.manage', project) ? null : principal.name;
    if (request.dryRun === true) {
      const items = page.items.map((job) => ({
        ref: writeReference(job),
        done: false,
        code: refusal(job, owner, act),
      }));
      return { matched: items.length, items, next };
    }
    const done = await storage.actOnSelected({
      by: actorOf(caller),
      project,
      criterion: selection.criterion,
      trash,
      jobs: page.items.map(({ id }) => id),
      owner,
      act,
      next,
    });
    return { matched: done.items.length, ...done };
  };
}

function readAct({ act, changes }: BulkRequest): SelectedAct {
  if ((act === undefined) === (changes === undefined))
    throw new Fault('invalid_field', { field: 'act', expected: 'either act or changes' });
  if (act !== undefined) return { move: act };
  const { priority, ...said } = changes ?? {};
  const annotations = readAnnotationChanges(said);
  const checked: JobChanges = {
    ...(priority === undefined ? {} : { priority: specifyJob({ priority }, '').priority }),
    ...(annotations === null ? {} : { annotations }),
  };
  if (Object.keys(checked).length === 0)
    throw new Fault('invalid_field', { field: 'changes', expected: 'at least one change' });
  return { changes: checked };
}

/** It ended as its children did. */
function isGathered({ reason }: JobRecord): boolean {
  return reason === 'children_failed' || reason === 'children_cancelled';
}

function refusesResolution({ state, origin }: JobRecord, resolution: Resolution): boolean {
  return state !== 'lost' || (resolution === 'resolve_retry' && origin === 'recorded');
}

/** Why a job would be refused, as far as its owner and its state tell. */
function refusal(job: JobRecord, owner: string | null, act: SelectedAct): ActedOn['code'] {
  if (owner !== null && job.owner !== owner) return 'forbidden';
  if ('changes' in act) return null;
  const { move } = act;
  if (isResolution(move)) return refusesResolution(job, move) ? 'state_conflict' : null;
  if (move !== 'submit' && move !== 'cancel' && move !== 'retry' && move !== 'hold') return null;
  if (move === 'retry' && (job.origin === 'recorded' || isGathered(job))) return 'state_conflict';
  const isStill = move === 'cancel' && job.state === 'cancelled';
  return isStill || move in moves[job.state] ? null : 'state_conflict';
}
