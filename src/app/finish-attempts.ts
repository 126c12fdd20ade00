import { Fault } from '../core/faults.ts';
import type { FileMention, RunFacts } from '../core/jobs/job.ts';
import {
  checkExecutable,
  checkExitCode,
  checkFoundNumbers,
  checkVersion,
  runBounds,
} from '../core/jobs/record.ts';
import { checkFiles } from '../core/jobs/specify.ts';
import { type EndReason, endReasons, isEndReason } from '../core/jobs/states.ts';
import { readProgress, type ToldProgress } from '../core/tasks/progress.ts';
import { checkText } from '../core/text.ts';
import type { FinishedAttempt, FinishResult } from '../ports/records/workers.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface FinishReport {
  readonly attempt: string;
  readonly epoch: number;
  readonly outcome: FinishedAttempt['outcome'];
  readonly exitCode?: number | null | undefined;
  readonly outputs?: readonly (string | FileMention)[] | undefined;
  readonly error?: string | null | undefined;
  readonly reason?: string | null | undefined;
  readonly executable?: RunFacts['executable'] | undefined;
  readonly version?: string | null | undefined;
  readonly numbers?: Readonly<Record<string, number>> | undefined;
  readonly progress?: ToldProgress | undefined;
}

export function finishAttempts({ storage }: World) {
  return async (caller: Caller, reports: readonly FinishReport[]): Promise<readonly FinishResult[]> => {
    refuseAttempts(caller.principal, 'end attempts');
    allow(caller.principal, 'work', null);
    const attempts = reports.map((report, index) => checkReport(report, `attempts[${index}].`));
    return storage.finishAttempts({ principal: caller.principal.name, attempts });
  };
}

function checkReport(report: FinishReport, at: string): FinishedAttempt {
  const { attempt, epoch, outcome, exitCode = null, outputs = [], error = null, reason = null } = report;
  const { executable = null, version = null, numbers, progress } = report;
  if (error !== null) checkText(error, `${at}error`, runBounds.errorLength);
  return {
    attempt,
    epoch,
    outcome,
    exitCode: checkExitCode(exitCode, `${at}exitCode`),
    outputs: checkFiles(outputs, `${at}outputs`),
    error,
    reason: reason === null ? null : checkReason(reason, `${at}reason`),
    executable: checkExecutable(executable, `${at}executable`),
    version: checkVersion(version, `${at}version`),
    ...(progress === undefined ? {} : { progress: readProgress(progress, `${at}progress.`) }),
    ...(numbers === undefined ? {} : { numbers: checkFoundNumbers(numbers, at) }),
  };
}

function checkReason(reason: string, field: string): EndReason {
  if (isEndReason(reason)) return reason;
  throw new Fault('invalid_field', {
    field,
    found: reason,
    expected: `one of ${Object.keys(endReasons).join(', ')}`,
  });
}
