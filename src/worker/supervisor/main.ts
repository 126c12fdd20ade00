/**
 * The process that stands between a worker and a command, and outlives the worker. It takes orders, one after another,
 * from its standard input; when that closes, the worker is gone: the command at hand goes on to its end (or to the end
 * of its lease), is recorded, and the supervisor ends. Signals that are sent to everybody do not end it, for its
 * command would then go unrecorded.
 */
import { Socket } from 'node:net';
import { systemHost } from '../host.ts';
import { LineCutter } from './lines.ts';
import type { Order } from './order.ts';
import { PipeStore } from './pipes.ts';
import { identify } from './processes.ts';
import { runOrder, type Surroundings } from './run-order.ts';

const [, , pipesFolder] = process.argv;
const self = identify(process.pid);
if (pipesFolder === undefined || self === null) throw new Error('usage: supervisor FOLDER-FOR-PIPES');
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);

/** Not process.stdout, which would wait for a worker that is stopped or busy, just when its lease must be watched. */
const upward = new Socket({ fd: 1, readable: false, writable: true });
// The worker is gone; the folder tells its successor all.
upward.on('error', () => undefined);
const backlogBytesMax = 4_096;

const pipes = new PipeStore(pipesFolder);
const around: Surroundings = {
  host: systemHost,
  pipes,
  self,
  tell: (hint) => {
    if (hint === 'output' && upward.writableLength > backlogBytesMax) return;
    if (!upward.destroyed) upward.write(`${hint}\n`);
  },
};

const lines = new LineCutter();
let atWork: Promise<void> = Promise.resolve();
process.stdin.on('data', (chunk: Buffer) => {
  for (const line of lines.push(chunk)) {
    const order = JSON.parse(line) as Order;
    atWork = atWork.then(() => runOrder(order, around)).then(() => pipes.stock());
  }
});
process.stdin.once('close', () => {
  void atWork.finally(() => {
    pipes.clear();
    process.exit();
  });
});
pipes.stock();
