import { graphBounds } from '../core/files/graph.ts';
import { beyondDefaults, inOrder, methodsText, programOf, type Step } from '../core/files/methods.ts';
import { type JobPlace, writeReference } from '../core/jobs/reference.ts';
import { allow, readable } from './access.ts';
import type { Caller } from './caller.ts';
import type { RegisteredTask, TaskRegistry } from './task-registry.ts';
import type { World } from './world.ts';

export interface Methods {
  /** The paragraph for a paper. */
  readonly text: string;
  /** In the order in which they rest on each other. */
  readonly steps: readonly (Step & { readonly program: string })[];
  readonly complete: boolean;
}

/** By which programs, in which versions, with which parameters, a result was obtained. */
export function describeMethods({ storage }: World, tasks: TaskRegistry) {
  return async ({ principal }: Caller, of: JobPlace): Promise<Methods> => {
    allow(principal, 'project.read', of.project);
    const found = await storage.listSteps({ of, limit: graphBounds.nodesMax, only: readable(principal) });
    const steps = inOrder(found.steps, found.ties);
    return {
      text: methodsText(writeReference(of), await withoutDefaults(tasks, steps)),
      steps: steps.map((step) => ({ ...step, program: programOf(step) })),
      complete: found.complete,
    };
  };
}

async function withoutDefaults(tasks: TaskRegistry, steps: readonly Step[]): Promise<readonly Step[]> {
  const known = new Map<string, RegisteredTask | null>();
  for (const { task } of steps)
    if (task !== null && !known.has(task)) known.set(task, await tasks.find(task));
  return steps.map((step) => {
    const registered = step.task === null ? null : known.get(step.task);
    return registered == null ? step : beyondDefaults(step, registered.task.parameters);
  });
}
