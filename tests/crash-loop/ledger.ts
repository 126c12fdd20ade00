/**
 * The ledger: what the commands themselves wrote when they began and ended, on disk before they went on. It knows
 * nothing of Labkeep but the names that a command finds in its environment.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LedgerLine {
  readonly ref: string;
  /** The attempt with its epoch: no two hand-outs have the same. */
  readonly attempt: string;
  /**
   * `beside`: another attempt of the same job was still running; `overlap`: somebody held a database of it whom its
   * lock should have kept out.
   */
  readonly what: (typeof words)[number];
}

const words = ['start', 'end', 'beside', 'overlap'] as const;

/** Those that some of the jobs lock. */
export const ledgerDatabases = ['alpha', 'beta'] as const;

/** How a command ends: always well, always badly, or badly the first time only. */
export type Ending = 'well' | 'badly' | 'better';

const script = `
exec 9>> "$1/locks/\${LABKEEP_JOB##*/}"
note() { echo "$LABKEEP_JOB $LABKEEP_ATTEMPT $1" >> "$2/ledger" && sync "$2/ledger"; }
flock -n 9 || note beside "$1"
for wish in $4; do
  case $wish in
    alpha:*) exec 7>> "$1/locks/alpha"; held=7 ;;
    beta:*) exec 8>> "$1/locks/beta"; held=8 ;;
  esac
  case $wish in *:exclusive) mode=-x ;; *) mode=-s ;; esac
  flock -n "$mode" "$held" || note overlap "$1"
done
note start "$1"
sleep "$2"
while [ -n "$5" ] && [ ! -e "$5" ]; do sleep 0.05; done
note end "$1"
case $3,$LABKEEP_ATTEMPT in badly,* | better,*-1@*) exit 3 ;; esac
`;

/** `until`: a file that must be there before it ends. */
export function ledgerCommand(
  folder: string,
  seconds: number,
  ending: Ending,
  locks: readonly string[],
  until = '',
): readonly string[] {
  return ['sh', '-c', script, 'ledger-job', folder, seconds.toFixed(2), ending, locks.join(' '), until];
}

/** What the commands have written so far, in the order in which they did. */
export function readLedger(folder: string): readonly LedgerLine[] {
  return readFileSync(join(folder, 'ledger'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [ref = '', attempt = '', said] = line.split(' ');
      const what = words.find((word) => word === said);
      if (what !== undefined) return { ref, attempt, what };
      throw new Error(`the ledger has a line that no command writes: ${line}`);
    });
}
