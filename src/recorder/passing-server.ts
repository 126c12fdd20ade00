/** A server that is started in passing, and ends when nobody has needed it for a while. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isMissing } from '../worker/programs/look.ts';
import { identify, isRunning } from '../worker/supervisor/processes.ts';

const idleS = 600;
/** What `labkeep up` ends with where another server holds the data folder. */
const heldCode = 5;

export interface ServerStart {
  /** It has ended, and not because another one serves the folder. */
  hasFailed(): boolean;
}

export const notStarted: ServerStart = { hasFailed: () => true };

/** `program`: the words that start this program. It outlives us. */
export function startPassingServer(
  [command = '', ...words]: readonly string[],
  dataFolder: string,
): ServerStart {
  const up = [...words, 'up', '--data', dataFolder, '--end-when-idle', String(idleS)];
  const server = spawn(command, up, { cwd: '/', detached: true, stdio: 'ignore' });
  server.unref();
  let failed = false;
  server.once('error', () => {
    failed = true;
  });
  server.once('exit', (code) => {
    failed = code !== heldCode;
  });
  return { hasFailed: () => failed };
}

/** Whether a server of this machine says in the discovery file that it serves the folder, and its process is there. */
export function isServed(discovery: string): boolean {
  try {
    const { pid, host } = JSON.parse(readFileSync(discovery, 'utf8')) as { pid?: unknown; host?: unknown };
    const server = typeof pid === 'number' && host === hostname() ? identify(pid) : null;
    return server !== null && isRunning(server);
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return false;
    throw error;
  }
}
