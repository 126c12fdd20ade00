import type { JobPlace } from '../core/jobs/reference.ts';
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
