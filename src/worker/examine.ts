/** What became of a command, as its folder and the machine’s processes tell. */

import type { Host } from './host.ts';
import { type ExitRecord, enterGate, readCommand, readExit, readGate } from './supervisor/attempt-folder.ts';
import { endEverything, killMarked } from './supervisor/end-group.ts';
import { isRunning, type ProcessIdentity } from './supervisor/processes.ts';

export type Found =
  | { readonly kind: 'ended'; readonly exit: ExitRecord }
  /** It was not started, and now never will be: the gate is closed. */
  | { readonly kind: 'unstarted' }
  /** A supervisor is with it. */
  | { readonly kind: 'running'; readonly supervisor: ProcessIdentity }
  /** It was started, and its supervisor is gone without having said how it ended. */
  | { readonly kind: 'orphaned' };

export function examine(folder: string): Found {
  const exit = readExit(folder);
  if (exit !== null) return { kind: 'ended', exit };
  const gate = readGate(folder) ?? closeGate(folder);
  if (gate === null || gate.kind === 'closed') return { kind: 'unstarted' };
  if (isRunning(gate.supervisor)) return { kind: 'running', supervisor: gate.supervisor };
  // It may have written the record after we looked, and then ended.
  const late = readExit(folder);
  return late === null ? { kind: 'orphaned' } : { kind: 'ended', exit: late };
}

/** Closes it, unless a supervisor passes first. */
function closeGate(folder: string) {
  return enterGate(folder, { kind: 'closed' }, process.pid)
    ? ({ kind: 'closed' } as const)
    : readGate(folder);
}

/** Ends what an orphaned command has left running; also where its process was never recorded. */
export async function endOrphan(folder: string, termForMs: number, host: Host): Promise<void> {
  const leader = readCommand(folder);
  if (leader === null) await killMarked(folder, host);
  else await endEverything({ leader, mark: folder }, termForMs, host);
}
