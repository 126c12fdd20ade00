import { Fault } from '../faults.ts';
import type { JobSpec } from './job.ts';

/**
 * Refuses a request whose jobs wait for each other in a circle. Only dependencies by index can close one, since
 * every other names a job that exists already.
 */
export function refuseCycles(jobs: readonly Pick<JobSpec, 'after'>[]): void {
  const seen = new Array<'new' | 'open' | 'done'>(jobs.length).fill('new');
  for (let root = 0; root < jobs.length; root++) {
    const path: { index: number; next: number }[] = [];
    const enter = (index: number): void => {
      seen[index] = 'open';
      path.push({ index, next: 0 });
    };
    if (seen[root] === 'new') enter(root);
    while (path.length > 0) {
      const top = path[path.length - 1] as { index: number; next: number };
      const dependency = jobs[top.index]?.after[top.next++];
      if (dependency === undefined) {
        seen[top.index] = 'done';
        path.pop();
        continue;
      }
      if (typeof dependency.job !== 'number') continue;
      const target = checkIndex(dependency.job, jobs.length, `jobs[${top.index}].after[${top.next - 1}].job`);
      if (seen[target] === 'open') {
        const circle = path.slice(path.findIndex((step) => step.index === target)).map((step) => step.index);
        throw new Fault('dependency_cycle', {
          field: `jobs[${top.index}].after`,
          found: [...circle, target],
        });
      }
      if (seen[target] === 'new') enter(target);
    }
  }
}

function checkIndex(index: number, length: number, field: string): number {
  if (!Number.isInteger(index) || index < 0 || index >= length)
    throw new Fault('dependency_unknown', {
      field,
      found: index,
      expected: `an index from 0 to ${length - 1}`,
    });
  return index;
}
