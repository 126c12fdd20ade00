import { Fault } from '../faults.ts';

/** A worker as clients carry it; opaque to them. */
export function writeWorker(worker: number): string {
  return `w${worker.toString(36)}`;
}

export function readWorker(text: string, field = 'worker'): number {
  const match = /^w([0-9a-z]{1,10})$/.exec(text);
  if (match?.[1] === undefined) throw new Fault('worker_unknown', { field, found: text });
  return Number.parseInt(match[1], 36);
}
