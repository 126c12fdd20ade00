/** Labkeep in process: `import { open } from 'labkeep'`. */
export { Fault, type FaultCode } from './core/faults.ts';
export { type Labkeep, type OpenOptions, open } from './daemon/open.ts';
