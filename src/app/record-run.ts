import { Fault } from '../core/faults.ts';
import { type RunRequest, specifyRun } from '../core/jobs/record.ts';
import { readAttempt } from '../core/jobs/reference.ts';
import { type Asks, asksOf } from '../core/tasks/asks.ts';
import type { RecordedRun } from '../ports/records/runs.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { signingKeyOf } from './signing-key.ts';
import { parentOf } from './specify-in-project.ts';
import { mayAsk, type TaskRegistry } from './task-registry.ts';
import { attemptTokenClaim, writeAttemptToken } from './tokens.ts';
import type { World } from './world.ts';

export interface ToldRun extends RecordedRun {
  /** The attempt’s own, for the program: it counts while the run goes on. */
  readonly token: string;
  /** What its task asks of it; absent for nothing. */
  readonly asks?: Asks;
}

/**
 * Records a run that somebody else runs. Of a program that runs within an attempt and holds its token, the run becomes
 * a child of that attempt’s job.
 */
export function recordRun({ storage, secrets }: World, tasks: TaskRegistry) {
  const signingKey = signingKeyOf(storage);

  return async ({ principal }: Caller, request: RunRequest): Promise<ToldRun> => {
    const run = specifyRun(request, principal.name);
    const { attempt } = principal;
    const project = run.project ?? attempt?.project ?? null;
    if (project !== null && attempt?.project !== project) allow(principal, 'job.write', project);
    if (project === null && run.spec.parent !== null)
      throw new Fault('invalid_field', {
        field: 'parent',
        found: run.spec.parent,
        expected: 'a parent only with the project that it is in',
      });
    const parent = project === null ? null : parentOf(principal, project, run.spec.parent, 'parent');
    const asks = await asksFor(principal.name, run.spec.task);
    const spec = { ...run.spec, parent, ...(asks === null ? {} : { asks }) };
    const recorded = await storage.recordRun({ by: principal, run: { ...run, project, spec } });
    const jobId = readAttempt(recorded.attempt)?.jobId ?? 0;
    const signature = secrets.sign(await signingKey(), attemptTokenClaim(jobId, recorded.epoch));
    const token = writeAttemptToken(jobId, recorded.epoch, signature);
    return { ...recorded, token, ...(asks === null ? {} : { asks }) };
  };

  async function asksFor(principal: string, name: string | null): Promise<Asks | null> {
    const found = name === null ? null : await tasks.find(name);
    return found !== null && mayAsk(found, principal) ? asksOf(found.task) : null;
  }
}
