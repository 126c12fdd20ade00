import type { Caller } from './caller.ts';
import { readSelection, type SelectionRequest } from './selection.ts';
import type { World } from './world.ts';

export interface CountRequest extends SelectionRequest {
  readonly trash?: boolean | undefined;
}

/** Steps of a count, each of which looks at a bounded number of jobs: others come in between. */
const stepsMax = 1_000;

/** How many jobs are selected; not complete where there are too many to look at. */
export function countSelected({ storage, clock }: World) {
  return async (
    caller: Caller,
    request: CountRequest,
  ): Promise<{ readonly count: number; readonly complete: boolean }> => {
    const { project, trash = false } = request;
    const { criterion } = readSelection(caller, request, clock.now());
    let count = 0;
    let after: string | null = null;
    for (let step = 0; step < stepsMax; step++) {
      const place: { readonly after?: string } = after === null ? {} : { after };
      const counted = await storage.countSelected({ project, criterion, trash, ...place });
      count += counted.count;
      if (counted.next === null) return { count, complete: true };
      after = counted.next;
    }
    return { count, complete: false };
  };
}
