import { statSync } from 'node:fs';
import { hasCode } from './attempt-folder.ts';
import type { Order } from './order.ts';

/** Why the command could not be started, in words for whoever submitted it. */
export function whyNotStarted(error: unknown, order: Pick<Order, 'command' | 'directory'>): string {
  const program = JSON.stringify(order.command[0] ?? '');
  const folder = folderTrouble(order.directory);
  if (folder !== null) return `cannot start ${program}: ${folder}`;
  if (hasCode(error, 'ENOENT'))
    return `cannot start ${program}: no such program, or the interpreter in its first line does not exist (ENOENT)`;
  if (hasCode(error, 'EACCES'))
    return `cannot start ${program}: it is not executable for this account (EACCES)`;
  if (hasCode(error, 'E2BIG'))
    return `cannot start ${program}: its arguments and environment are too long (E2BIG)`;
  return `cannot start ${program}: ${error instanceof Error ? error.message : String(error)}`;
}

/** A missing working folder fails with the same ENOENT as a missing program, so it is looked at by itself. */
function folderTrouble(directory: string): string | null {
  try {
    return statSync(directory).isDirectory()
      ? null
      : `the working folder ${directory} is not a folder (ENOTDIR)`;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return `the working folder ${directory} does not exist (ENOENT)`;
    return `the working folder ${directory} cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}
