import { type Host, rest } from '../host.ts';
import { groupRuns, isRunning, type ProcessIdentity, signal, stillLeads, withVariable } from './processes.ts';

export interface Doomed {
  /** The command’s own process, which leads the group. */
  readonly leader: ProcessIdentity;
  /** The value of `markVariable` in the environment of the command and of all that it started. */
  readonly mark: string;
}

/** Every command has it: the folder of its attempt, which no other worker has. It finds what left the command’s group. */
export const markVariable = 'LABKEEP_ATTEMPT_FOLDER';

const lookEveryMs = { first: 10, longest: 100 } as const;
const killForMs = 2_000;

/**
 * Ends a command’s whole group: TERM, then KILL to what is left after `termForMs`. Resolves when nobody runs any
 * more; false if there was nobody to end, or somebody could not be killed.
 */
export async function endGroup(leader: ProcessIdentity, termForMs: number, host: Host): Promise<boolean> {
  const group = leader.pid;
  if (!stillLeads(leader) || !groupRuns(group)) return false;
  signal(-group, 'SIGTERM');
  if (await endsWithin(() => groupRuns(group), termForMs, host)) return true;
  if (stillLeads(leader)) signal(-group, 'SIGKILL');
  return endsWithin(() => groupRuns(group), killForMs, host);
}

/** As `endGroup`; besides, it kills what the command started and what has left the group since. */
export async function endEverything(doomed: Doomed, termForMs: number, host: Host): Promise<boolean> {
  const ended = await endGroup(doomed.leader, termForMs, host);
  await killMarked(doomed.mark, host);
  return ended;
}

/** Kills whatever was started for this attempt, also where no process of it is known. */
export async function killMarked(mark: string, host: Host): Promise<void> {
  const strays = withVariable(markVariable, mark);
  for (const stray of strays) if (isRunning(stray)) signal(stray.pid, 'SIGKILL');
  if (strays.length > 0) await endsWithin(() => strays.some(isRunning), killForMs, host);
}

async function endsWithin(runs: () => boolean, forMs: number, host: Host): Promise<boolean> {
  const until = host.bootMs() + forMs;
  for (
    let pauseMs: number = lookEveryMs.first;
    runs();
    pauseMs = Math.min(pauseMs * 2, lookEveryMs.longest)
  ) {
    const remainingMs = until - host.bootMs();
    if (remainingMs <= 0) return false;
    await rest(host.timers, Math.min(pauseMs, remainingMs));
  }
  return true;
}
