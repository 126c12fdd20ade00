/**
 * What a command leaves on disk, in a folder of its own:
 *   gate     who may start it: one supervisor, or nobody. Made by a link, so exactly one wins, whole
 *   command  the process that was started
 *   output   its output, in frames
 *   sent     how much of that the server has
 *   program  which program it is, in which version
 *   exit     how it ended. Made by a rename after fsync, so that it is there whole or not at all
 * The gate is what makes a start happen once: a supervisor passes it before it starts the command, and a worker that
 * comes back after a crash closes it before it says that the command was not started.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../programs/programs.ts';
import type { ProcessIdentity } from './processes.ts';

export type Gate =
  | { readonly kind: 'closed' }
  | { readonly kind: 'passed'; readonly supervisor: ProcessIdentity };

/** Why a supervisor ended a command by itself. */
export type EndedBy = 'attempt_time_limit' | 'lease_lost';

export interface ExitRecord {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly error: string | null;
  readonly endedBy: EndedBy | null;
}

export function outputPath(folder: string): string {
  return join(folder, 'output');
}

/** True for exactly one caller per folder; false also if the folder is gone. */
export function enterGate(folder: string, gate: Gate, by: number): boolean {
  const draft = join(folder, `gate.${by}`);
  try {
    writeFileSync(draft, JSON.stringify(gate), { mode: 0o600 });
    linkSync(draft, join(folder, 'gate'));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST') || hasCode(error, 'ENOENT')) return false;
    throw error;
  } finally {
    removeIfThere(draft);
  }
}

export function readGate(folder: string): Gate | null {
  const found = readJson(join(folder, 'gate'));
  if (found === null) return null;
  const { kind } = found;
  const supervisor = identityIn(found.supervisor);
  return kind === 'passed' && supervisor !== null ? { kind: 'passed', supervisor } : { kind: 'closed' };
}

export function writeCommand(folder: string, command: ProcessIdentity): void {
  writeWhole(folder, 'command', command, false);
}

export function readCommand(folder: string): ProcessIdentity | null {
  return identityIn(readJson(join(folder, 'command')));
}

/** On return the record survives a power cut. */
export function writeExit(folder: string, exit: ExitRecord): void {
  writeWhole(folder, 'exit', exit, true);
}

export function readExit(folder: string): ExitRecord | null {
  const found = readJson(join(folder, 'exit'));
  if (found === null) return null;
  const { exitCode, signal, error, endedBy } = found;
  return {
    exitCode: typeof exitCode === 'number' ? exitCode : null,
    signal: typeof signal === 'string' ? signal : null,
    error: typeof error === 'string' ? error : null,
    endedBy: endedBy === 'attempt_time_limit' || endedBy === 'lease_lost' ? endedBy : null,
  };
}

/** Up to where the server has the output: the next frame’s number, and its place in the file. */
export interface SentMark {
  readonly seq: number;
  readonly offset: number;
}

/** A mark that a crash loses only makes us send again what the server has, and ignores. */
export function writeSent(folder: string, mark: SentMark): void {
  writeWhole(folder, 'sent', mark, false);
}

export function readSent(folder: string): SentMark {
  const found = readJson(join(folder, 'sent'));
  const { seq, offset } = found ?? {};
  return typeof seq === 'number' && typeof offset === 'number' ? { seq, offset } : { seq: 0, offset: 0 };
}

export function writeProgram(folder: string, program: Program): void {
  writeWhole(folder, 'program', program, false);
}

/** Null where it was not found out. */
export function readProgram(folder: string): Program | null {
  const found = readJson(join(folder, 'program'));
  if (found === null) return null;
  const { executable, version } = found;
  return {
    executable: executableIn(executable),
    version: typeof version === 'string' ? version : null,
  };
}

function executableIn(value: unknown): Program['executable'] {
  if (typeof value !== 'object' || value === null || !('path' in value)) return null;
  const { path } = value;
  const sha256 = 'sha256' in value && typeof value.sha256 === 'string' ? value.sha256 : null;
  return typeof path === 'string' ? { path, sha256 } : null;
}

/** On return what is there survives a power cut: the bytes of a file, the names in a folder. */
export function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function writeWhole(folder: string, name: string, content: object, durable: boolean): void {
  const path = join(folder, name);
  const draft = `${path}.draft`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600, flush: durable });
  renameSync(draft, path);
  if (durable) syncPath(folder);
}

function readJson(path: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : null;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return null;
    throw error;
  }
}

function identityIn(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null) return null;
  const pid: unknown = Reflect.get(value, 'pid');
  const startTicks: unknown = Reflect.get(value, 'startTicks');
  return typeof pid === 'number' && typeof startTicks === 'string' ? { pid, startTicks } : null;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
