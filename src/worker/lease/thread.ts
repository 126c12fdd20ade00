/** The thread that renews the lease, over a connection of its own: nothing that the worker does can hold it up. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadConnect } from '../connection.ts';
import { systemHost } from '../host.ts';
import { LeaseKeeper } from './keeper.ts';
import { writeLeaseEnd } from './lease-file.ts';
import type { FromThread, ThreadSettings, ToThread } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a thread');
const settings = workerData as ThreadSettings;
const connect = await loadConnect(settings.connectionModule);
const keeper = new LeaseKeeper({
  connection: connect(settings.server),
  host: systemHost,
  writeEnd: (endsAtBootMs) => writeLeaseEnd(settings.file, endsAtBootMs),
  safetyMs: settings.safetyMs,
  tell: (message: FromThread) => port.postMessage(message),
});
port.on('message', (message: ToThread) => keeper.receive(message));
await keeper.run();
port.close();
