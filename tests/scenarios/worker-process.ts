/** A worker of the scenarios, in a process of its own. Its settings come as JSON on the command line. */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createWorker, systemHost, type WorkerSettings } from '../../src/worker/worker.ts';

export interface WorkerOrder extends Pick<WorkerSettings, 'server' | 'name' | 'capacity' | 'folder'> {
  readonly ledger: string;
  readonly task: string;
  readonly workMs: number;
}

const { ledger, task, workMs, ...settings } = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
const worker = createWorker({
  ...settings,
  tasks: [],
  environment: {},
  log: { info: () => undefined, warn: () => undefined, error: complain },
  host: systemHost,
});

worker.handle(task, async ({ job, attempt, epoch }) => {
  const note = (what: string): void => appendFileSync(ledger, `${job} ${attempt}@${epoch} ${what}\n`);
  note('start');
  await pause(workMs);
  note('end');
  return undefined;
});

process.once('SIGTERM', () => void worker.stop());
await worker.start();

function complain(facts: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(facts)}\n`);
}
