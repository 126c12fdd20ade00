/** What a worker does at its start with what a former process of it has left: decided from the journal and the folders. */
import type { FinishedAttempt } from './connection.ts';
import type { Found } from './examine.ts';
import type { Entry } from './journal/facts.ts';
import { failed, interrupted, judgeCommand, type Report, unstarted } from './outcome.ts';
import type { ProcessIdentity } from './supervisor/processes.ts';

export type Recovered =
  /** Its report was made already. */
  | { readonly kind: 'report'; readonly report: FinishedAttempt }
  /** It is over. */
  | { readonly kind: 'over'; readonly report: Report }
  /** It runs. */
  | { readonly kind: 'adopt'; readonly supervisor: ProcessIdentity }
  /** It runs, or some of it, with nobody to watch over it. */
  | { readonly kind: 'orphaned'; readonly report: Report };

/** `examine` tells what became of its command. */
export function recover(entry: Entry, boot: string, examine: () => Found): Recovered {
  if (entry.report !== null) return { kind: 'report', report: entry.report };
  if (!entry.started) return { kind: 'over', report: unstarted(null) };
  return entry.offered.kind === 'command'
    ? recoverCommand(entry, boot, examine)
    : recoverHandler(entry, boot);
}

function recoverCommand({ offered }: Entry, boot: string, examine: () => Found): Recovered {
  const { onLost } = offered;
  const found = examine();
  if (found.kind === 'ended') return { kind: 'over', report: judgeCommand(found.exit, null, onLost) };
  // After a restart of the machine nothing runs, and what the folder does not tell may have been lost with the power.
  if (offered.boot !== boot) return { kind: 'over', report: interrupted('worker_stopped', onLost) };
  switch (found.kind) {
    case 'unstarted':
      return { kind: 'over', report: unstarted(null) };
    case 'running':
      return { kind: 'adopt', supervisor: found.supervisor };
    case 'orphaned':
      return {
        kind: 'orphaned',
        report: failed(
          'worker_stopped',
          'the worker and the process that watched over the command were killed',
        ),
      };
  }
}

/** A handler ended with the process that ran it. */
function recoverHandler({ offered, begun }: Entry, boot: string): Recovered {
  const mayHaveRun = begun || offered.boot !== boot;
  return {
    kind: 'over',
    report: mayHaveRun ? interrupted('worker_stopped', offered.onLost) : unstarted(null),
  };
}
