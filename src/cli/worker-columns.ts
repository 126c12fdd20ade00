import type { Worker } from '@labkeep/client';
import type { Column } from './table.ts';

/** What is shown of workers wherever they are listed; `slots` says how busy one is. */
export function workerColumns(slots: (worker: Worker) => string): readonly Column<Worker>[] {
  return [
    { title: 'WORKER', cell: ({ name }) => name, paint: () => ['bold'] },
    {
      title: 'STATE',
      cell: ({ state }) => state,
      paint: ({ state }) => [state === 'connected' ? 'green' : 'red'],
    },
    { title: 'SLOTS', cell: slots },
    {
      title: 'JOBS OF',
      cell: ({ principal, accept }) => [principal, ...accept].join(', '),
      flexible: true,
    },
  ];
}
