import { type JobPlace, writeAttempt } from '../core/jobs/reference.ts';
import type { LogChunk } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface LogRequest {
  /** The newest if none is named. */
  readonly attempt?: number | undefined;
  /** Only what follows this sequence number. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface LogPage {
  readonly attempt: number | null;
  readonly items: readonly LogChunk[];
  /** Where to go on; null when the attempt has ended and all of it was read, or nothing is there yet. */
  readonly next: number | null;
  /** Whether the attempt has ended and this page is the last. */
  readonly complete: boolean;
}

export function readLog({ storage }: World) {
  return async (caller: Caller, place: JobPlace, request: LogRequest): Promise<LogPage> => {
    allow(caller.principal, 'project.read', place.project);
    const { attempt = null, after = -1, limit } = request;
    const page = await storage.readLog({ ...place, attempt, after, limit });
    const last = page.chunks.at(-1)?.sequence ?? request.after ?? null;
    const complete = page.complete && page.chunks.length < limit;
    return { attempt: page.attempt, items: page.chunks, next: complete ? null : last, complete };
  };
}

/** The end of the newest attempt’s log: its last chunks, at most so many. */
export function readLogEnd({ storage }: World) {
  return async (caller: Caller, place: JobPlace, limit: number): Promise<readonly LogChunk[]> => {
    allow(caller.principal, 'project.read', place.project);
    const { id, attempts } = await storage.getJob(place);
    const last = attempts === 0 ? null : await storage.lastOutput({ attempt: writeAttempt(id, attempts) });
    if (last === null) return [];
    const after = Math.max(-1, last - limit);
    return (await storage.readLog({ ...place, attempt: attempts, after, limit })).chunks;
  };
}
