/** Labkeep in process: `import { open } from 'labkeep'`. */
export { Fault, type FaultCode } from './core/faults.ts';
export { type Labkeep, type OpenOptions, open } from './daemon/open.ts';
export { type OpenWorkerOptions, openWorker } from './daemon/open-worker.ts';
export type { Handler, HandlerContext, HandlerResult, Worker } from './worker/worker.ts';
