import { rmSync } from 'node:fs';
import { Worker as Thread } from 'node:worker_threads';
import { ownFile, sourceConditions } from '../own-file.ts';
import type { FromThread, StartRenewing } from './messages.ts';

/** Starts the thread that renews: it has clocks and a connection of its own. */
export const startThread: StartRenewing = (settings, _host, ears) => {
  const thread = new Thread(ownFile('./thread', import.meta.url), {
    workerData: settings,
    execArgv: [...sourceConditions(import.meta.url)],
  });
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  thread.on('message', (message: FromThread) => ears.tell(message));
  thread.on('error', (error) => ears.failed(error));
  thread.once('exit', () => resolve());
  return {
    tell: (message) => thread.postMessage(message),
    gone,
    terminate: async () => {
      await thread.terminate();
    },
  };
};

/** What an earlier worker left: it may be of an earlier start of the machine, whose clock had come further. */
export function forgetLeaseEnd(file: string): void {
  rmSync(file, { force: true });
}
