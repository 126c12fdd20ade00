/** Ends a command that has lost its lock, with all that it has started. */
import { type Host, rest } from '../../worker/host.ts';
import {
  groupRuns,
  isRunning,
  type ProcessIdentity,
  signal,
  stillLeads,
  withVariable,
} from '../../worker/supervisor/processes.ts';

/** In the environment of a command under locks, and of all that it starts: a name that no other command has. */
export const markVariable = 'LABKEEP_LOCK_MARK';

export interface Doomed {
  /** Null as long as nobody can say which process it is: then it is found by its mark alone. */
  readonly leader: ProcessIdentity | null;
  /** It leads a process group of its own; with a terminal it is in ours. */
  readonly ownGroup: boolean;
  readonly mark: string;
}

const lookEveryMs = 20;
const killForMs = 2_000;

/** TERM to all of them, then KILL to those that are left after `termForMs`. Resolves when nobody runs any more. */
export async function endCommand(doomed: Doomed, termForMs: number, host: Host): Promise<void> {
  tell(doomed, 'SIGTERM');
  if (await endsWithin(doomed, termForMs, host)) return;
  tell(doomed, 'SIGKILL');
  await endsWithin(doomed, killForMs, host);
}

function tell(doomed: Doomed, name: NodeJS.Signals): void {
  const group = groupOf(doomed);
  if (group !== null) signal(-group, name);
  for (const one of members(doomed)) signal(one.pid, name);
}

async function endsWithin(doomed: Doomed, forMs: number, host: Host): Promise<boolean> {
  const until = host.bootMs() + forMs;
  while (runs(doomed)) {
    if (host.bootMs() >= until) return false;
    await rest(host.timers, lookEveryMs);
  }
  return true;
}

function runs(doomed: Doomed): boolean {
  if (members(doomed).length > 0) return true;
  const group = groupOf(doomed);
  return group !== null && groupRuns(group);
}

function groupOf({ ownGroup, leader }: Doomed): number | null {
  return ownGroup && leader !== null && stillLeads(leader) ? leader.pid : null;
}

function members({ leader, mark }: Doomed): readonly ProcessIdentity[] {
  const marked = withVariable(markVariable, mark).filter(isRunning);
  const isKnown = leader === null || marked.some(({ pid }) => pid === leader.pid);
  return isKnown || !isRunning(leader) ? marked : [...marked, leader];
}
