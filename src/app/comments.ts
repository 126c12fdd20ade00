import { mayDo } from '../core/access/roles.ts';
import { type CommentRecord, checkComment } from '../core/annotations/comment.ts';
import { Fault } from '../core/faults.ts';
import { type JobPlace, writeReference } from '../core/jobs/reference.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export function listComments({ storage }: World) {
  return async (caller: Caller, place: JobPlace, page: PageRequest): Promise<Page<CommentRecord>> => {
    allow(caller.principal, 'project.read', place.project);
    return storage.listComments({ ...place, ...pageOf(page) });
  };
}

/** Whoever may submit jobs in a project may comment on all of them; a running attempt on its own. */
export function addComment({ storage }: World) {
  return async (caller: Caller, place: JobPlace, text: string): Promise<CommentRecord> => {
    const own = caller.principal.attempt;
    if (own?.project !== place.project || own.number !== place.number)
      allow(caller.principal, 'job.write', place.project);
    checkComment(text);
    return storage.addComment({ by: actorOf(caller), place, text });
  };
}

export function editComment({ storage }: World) {
  return async (caller: Caller, place: JobPlace, id: number, text: string): Promise<CommentRecord> => {
    await allowComment(storage, caller, place, id);
    checkComment(text);
    return storage.editComment({ by: actorOf(caller), place, id, text });
  };
}

export function removeComment({ storage }: World) {
  return async (caller: Caller, place: JobPlace, id: number): Promise<void> => {
    await allowComment(storage, caller, place, id);
    await storage.removeComment({ by: actorOf(caller), place, id });
  };
}

/** The words of others are changed by managers only. */
async function allowComment(
  storage: World['storage'],
  { principal, idempotency }: Caller,
  place: JobPlace,
  id: number,
): Promise<void> {
  allow(principal, 'job.write', place.project);
  if (mayDo(principal.grants, 'job.manage', place.project)) return;
  const comment = await storage.getComment({ ...place, id }).catch((error: unknown) => {
    // A repeated removal finds none, and is answered as the first was.
    if (error instanceof Fault && error.code === 'comment_unknown' && idempotency !== undefined) return null;
    throw error;
  });
  if (comment === null || comment.author === principal.name) return;
  throw new Fault('forbidden', {
    detail: `The comment ${id} on ${writeReference(place)} was written by ${comment.author}`,
    found: principal.name,
    expected: 'its author, or a manager',
  });
}
