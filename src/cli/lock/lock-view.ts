/** Locks, and those who have them, as people see them. */
import type { Lock, LockHolder } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { timeText } from '../job-view.ts';
import { type Column, printTable } from '../table.ts';

/** `ada (load, node07)`, `toxd/12 (ben)`, `closing by root: release 145`. */
export function holderText(holder: LockHolder): string {
  const { principal } = holder;
  switch (holder.kind) {
    case 'session':
      return `${principal} (${[holder.name, holder.host].filter((part) => part != null).join(', ')})`;
    case 'job':
      return `${holder.job ?? 'a job'} (${[principal, holder.worker].filter((part) => part != null).join(', ')})`;
    case 'closure':
      return `closed by ${principal}${holder.reason == null ? '' : `: ${holder.reason}`}`;
  }
}

export function printLocks(cli: Cli, locks: readonly Lock[]): void {
  const columns: readonly Column<Lock>[] = [
    { title: 'ID', cell: ({ lock }) => lock, paint: () => ['bold'] },
    { title: 'LOCK', cell: ({ locks: set }) => set.map(({ path, mode }) => `${path}:${mode}`).join(' ') },
    { title: 'STATE', cell: stateText, paint: ({ state }) => [state === 'granted' ? 'green' : 'yellow'] },
    { title: 'WHO', cell: ({ holder }) => holderText(holder), flexible: true },
    { title: 'SINCE', cell: ({ grantedAt, requestedAt }) => timeText(cli, grantedAt ?? requestedAt) },
    { title: 'PROGRESS', cell: ({ holder }) => progressText(holder) },
    { title: 'WAITS FOR', cell: ({ waitsFor }) => waitsFor.join(' ') },
  ];
  const isShown = ({ title, cell }: Column<Lock>): boolean =>
    !['PROGRESS', 'WAITS FOR'].includes(title) || locks.some((lock) => cell(lock) !== '');
  printTable(cli.terminal, columns.filter(isShown), locks);
}

function stateText({ state, asleep, position }: Lock): string {
  if (state === 'granted') return 'granted';
  return asleep ? 'asleep' : `waiting, ${position}.`;
}

export function progressText({ progress }: LockHolder): string {
  if (progress == null) return '';
  return `${Math.floor(progress.fraction * 100)} %${progress.text === null ? '' : ` ${progress.text}`}`;
}
