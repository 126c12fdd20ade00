/**
 * Processes as /proc shows them. A pid alone names nobody for long: it is given again. With the time at which it
 * started it names one process of this boot.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as the kernel writes them. */
  readonly startTicks: string;
}

interface ProcessState extends ProcessIdentity {
  readonly group: number;
  readonly ended: boolean;
}

/** Null if there is no such process. */
export function identify(pid: number): ProcessIdentity | null {
  const found = look(pid);
  return found === null ? null : { pid, startTicks: found.startTicks };
}

/** Whether it still runs; one that has ended and waits for its parent does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  const found = look(identity.pid);
  return found !== null && found.startTicks === identity.startTicks && !found.ended;
}

/** Whether anybody of the group still runs. */
export function groupRuns(group: number): boolean {
  if (!signal(-group, 0)) return false;
  return everyProcess().some((it) => it.group === group && !it.ended);
}

/**
 * Whether the group that this process led is still its own: it has not been given to a process that started later.
 * A pid is not given again while it is the number of a group that has members.
 */
export function stillLeads(leader: ProcessIdentity): boolean {
  const found = look(leader.pid);
  return found === null || found.startTicks === leader.startTicks;
}

/** Sends a signal to a process, or with a negative number to a group. False if there is nobody, or nobody of ours. */
export function signal(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))
      return false;
    throw error;
  }
}

/** The processes that were started with this variable in their environment, in whatever group they are now. */
export function withVariable(name: string, value: string): readonly ProcessIdentity[] {
  const wanted = Buffer.from(`${name}=${value}\0`);
  return everyProcess().filter((it) => !it.ended && hasEntry(environmentOf(it.pid), wanted));
}

function hasEntry(environment: Buffer, wanted: Buffer): boolean {
  const at = environment.indexOf(wanted);
  return at === 0 || (at > 0 && environment[at - 1] === 0);
}

function environmentOf(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    // It has ended, or is not ours to look at: then it is not one that we started.
    return Buffer.alloc(0);
  }
}

function everyProcess(): readonly ProcessState[] {
  return readdirSync('/proc').flatMap((name) => (/^[0-9]+$/.test(name) ? (look(Number(name)) ?? []) : []));
}

/** Fields of /proc/PID/stat after the name, which is in brackets and may itself contain any character. */
const fieldsAfterName = { state: 0, group: 2, startTicks: 19 } as const;

function look(pid: number): ProcessState | null {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended.
    return null;
  }
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const state = fields[fieldsAfterName.state];
  const group = fields[fieldsAfterName.group];
  const startTicks = fields[fieldsAfterName.startTicks];
  if (group === undefined || startTicks === undefined) return null;
  return { pid, startTicks, group: Number(group), ended: state === 'Z' || state === 'X' };
}
