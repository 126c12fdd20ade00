/** A worker in a process of its own, for tests that kill it. Its settings come as JSON on the command line. */
import { appendFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { createWorker, systemHost, type WorkerSettings } from '../../../src/worker/worker.ts';

type Given = Pick<WorkerSettings, 'server' | 'name' | 'capacity' | 'folder' | 'limits'> & {
  readonly logFile: string;
};

const given = JSON.parse(process.argv[2] ?? '') as Given;
const write = (facts: object, message: string): void =>
  appendFileSync(given.logFile, `${message} ${shown(facts)}\n`);
const worker = createWorker({
  ...given,
  environment: process.env,
  log: { info: write, warn: write, error: write },
  host: systemHost,
});

const note = (line: string): void => appendFileSync(`${process.env.BENCH_FOLDER}/handlers`, `${line}\n`);

/** Keeps the whole thread busy. */
worker.handle('busy', (job) => {
  const { forMs } = job.parameters as { readonly forMs: number };
  note(`busy ${job.attempt}`);
  const until = performance.now() + forMs;
  while (performance.now() < until);
  return undefined;
});

worker.handle('waiting', async (job, { signal, log }) => {
  note(`waiting ${job.attempt}`);
  log('up');
  while (!signal.aborted) await pause(5);
  note(`aborted ${job.attempt}`);
  throw signal.reason;
});

process.once('SIGTERM', () => {
  void worker.stop().then(() => write({}, 'stopped'));
});
await worker.start();
// What is killed cannot keep for the next what it has compiled.
flushCompileCache();
write({ pid: process.pid }, 'started');

function shown(facts: object): string {
  return JSON.stringify(facts, (_, value: unknown) =>
    value instanceof Error ? (value.stack ?? value.message) : value,
  );
}
