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
  /** `beside`: another attempt of the same job was still running. */
  readonly what: 'start' | 'end' | 'beside';
}

/** How a command ends: always well, always badly, or badly the first time only. */
export type Ending = 'well' | 'badly' | 'better';

const script = `
exec 9>> "$1/locks/\${LABKEEP_JOB##*/}"
note() { echo "$LABKEEP_JOB $LABKEEP_ATTEMPT $1" >> "$2/ledger" && sync "$2/ledger"; }
flock -n 9 || note beside "$1"
note start "$1"
sleep "$2"
note end "$1"
case $3,$LABKEEP_ATTEMPT in badly,* | better,*-1@*) exit 3 ;; esac
`;

export function ledgerCommand(folder: string, seconds: number, ending: Ending): readonly string[] {
  return ['sh', '-c', script, 'ledger-job', folder, seconds.toFixed(2), ending];
}

/** What the commands have written so far, in the order in which they did. */
export function readLedger(folder: string): readonly LedgerLine[] {
  return readFileSync(join(folder, 'ledger'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [ref = '', attempt = '', what] = line.split(' ');
      if (what === 'start' || what === 'end' || what === 'beside') return { ref, attempt, what };
      throw new Error(`the ledger has a line that no command writes: ${line}`);
    });
}
