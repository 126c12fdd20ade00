import { readdirSync, readFileSync } from 'node:fs';

/** The resident memory of a process, as Linux has it; null elsewhere. */
export function residentKb(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return found === undefined ? null : Number(found);
}

/** How long (ms) a process was at work on any core since it began; null where that is not known. */
export function processorMs(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  // The name of the program, in parentheses, may hold anything.
  const [user, system] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '')
    .split(' ')
    .slice(11);
  return (Number(user) + Number(system)) * msPerTick;
}

/** As Linux tells every program, whatever the machine. */
const msPerTick = 10;

/** How many files and connections a process has open; null where that is not known. */
export function openFiles(pid: number): number | null {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : null;
}
