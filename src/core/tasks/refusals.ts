import { Fault } from '../faults.ts';
import { type JobPlace, writeReference } from '../jobs/reference.ts';
import type { JobState } from '../jobs/states.ts';

export interface UnfinishedRun extends JobPlace {
  readonly task: string;
  readonly state: JobState;
  readonly fraction: number | null;
  readonly text: string | null;
}

/** A second run with the same parameters, while one goes on. */
export function alreadyRunning({ task, state, fraction, text, ...place }: UnfinishedRun): Fault {
  const ref = writeReference(place);
  const far = fraction === null ? '' : `, ${Math.floor(fraction * 100)} %`;
  return new Fault('task_already_running', {
    detail: `${task} goes on with the same parameters as ${ref} (${state}${far})`,
    facts: { ref, state, progress: fraction, text },
  });
}

/** A task that another principal has declared. */
export function declaredByAnother(name: string, principal: string): Fault {
  return new Fault('forbidden', {
    detail: `The task ${name} was declared by ${principal}`,
    field: 'declares',
    found: name,
    expected: `another name, or a worker of ${principal}`,
  });
}
