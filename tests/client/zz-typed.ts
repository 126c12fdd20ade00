import { LabkeepClient } from '@labkeep/client';
const it = new LabkeepClient({ url: 'x' });
export const a = it.work({ name: 'w', handlers: { x: async (job, { log }) => { log(job.job); }, y: () => {}, z: async () => ({ outputs: ['x'] }) } });
export const b: Promise<number> = it.runs.during({ command: ['x'], folder: '/', host: 'h', account: 'a' }, async () => 3);
