import { Fault } from '../core/faults.ts';
import type { JobRecord } from '../core/jobs/job.ts';
import { newestFirst as newest, oldestFirst, parseSort, type Sort } from '../core/select/sort.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import { checkNumber, readSelection, type SelectionRequest } from './selection.ts';
import { notesOn } from './selection-notes.ts';
import type { World } from './world.ts';

export interface JobsRequest extends PageRequest, SelectionRequest {
  readonly newestFirst?: boolean | undefined;
  /** In place of `newestFirst`: an order by a number too. */
  readonly sort?: string | undefined;
  /** Jobs in the trash, and no others. */
  readonly trash?: boolean | undefined;
}

export interface JobPage extends Page<JobRecord> {
  /** Why nothing was found, where that can be told. */
  readonly notes?: readonly string[];
}

export function listJobs({ storage, clock }: World) {
  return async (caller: Caller, request: JobsRequest): Promise<JobPage> => {
    const { project, states, parent, newestFirst, where, sort, trash = false } = request;
    allow(caller.principal, 'project.read', project);
    if (where !== undefined || sort !== undefined || trash) {
      const { carry, tree, ...selection } = readSelection(caller, request, clock.now());
      const { limit, after } = request;
      const page = await storage.selectJobs({ project, trash, limit, sort: sortOf(request), ...selection });
      const foundNothing = page.items.length === 0 && page.next === null && after === undefined;
      const notes = foundNothing ? await notesOn(storage, project, tree) : [];
      return { ...page, next: carry(page.next), ...(notes.length === 0 ? {} : { notes }) };
    }
    return storage.listJobs({
      project,
      ...pageOf(request),
      ...(states === undefined ? {} : { states }),
      ...(parent === undefined ? {} : { parent: checkNumber(parent) }),
      ...(newestFirst === undefined ? {} : { newestFirst }),
    });
  };
}

function sortOf({ sort, newestFirst }: JobsRequest): Sort {
  if (sort === undefined) return newestFirst === true ? newest : oldestFirst;
  if (newestFirst === undefined) return parseSort(sort);
  throw new Fault('invalid_field', { field: 'order', expected: 'either order or sort, which says more' });
}
