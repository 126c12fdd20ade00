/**
 * The named pipe by which old servers were told that a bank is updated: a line `disable NAME` closes it, without grace,
 * `enable NAME` reopens it. Whatever else is written there is logged and has no effect.
 */
import { execFileSync } from 'node:child_process';
import { constants, lstatSync, openSync, rmSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Caller } from '../app/caller.ts';
import type { UseCases } from '../app/use-cases.ts';
import { parsePipeLine } from '../core/catalogue/pipe-line.ts';
import { Fault } from '../core/faults.ts';
import type { Log } from '../ports/log.ts';
import { systemCode, systemWords } from './system-error.ts';

export interface DisablePipeOptions {
  readonly path: string;
  readonly useCases: Pick<UseCases, 'closeDatabase' | 'reopenDatabase'>;
  readonly caller: Caller;
  readonly log: Log;
}

const lineLengthMax = 1_000;
/** So many lines that mean nothing are logged one by one. */
const strangeLinesMax = 100;

/** Makes the pipe, and reads it until the function that comes back is called. */
export function openDisablePipe(options: DisablePipeOptions): () => Promise<void> {
  const { path, log } = options;
  makePipe(path);
  // For writing too, so that it has no end when a writer leaves; and so that opening it waits for nobody.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  let strange = 0;

  const follow = async (): Promise<void> => {
    for await (const line of linesOf(socket)) {
      const wish = parsePipeLine(line);
      if (wish !== null) await obey(options, wish.act, wish.name);
      else if (line.trim() !== '' && strange++ < strangeLinesMax)
        log.warn(
          { path, found: line.slice(0, 80) },
          'a line of the pipe is neither disable NAME nor enable NAME; it is ignored',
        );
    }
  };
  let stopped = false;
  const following = follow().catch((error: unknown) => {
    if (!stopped) log.error({ error, path }, 'the pipe is not read any more');
  });
  return async () => {
    stopped = true;
    socket.destroy();
    await following;
    rmSync(path, { force: true });
  };
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = '';
  let isTooLong = false;
  for await (const chunk of socket.setEncoding('latin1')) {
    const parts = `${rest}${String(chunk)}`.split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      yield isTooLong ? `…${line}` : line;
      isTooLong = false;
    }
    if (rest.length > lineLengthMax) {
      rest = '';
      isTooLong = true;
    }
  }
}

async function obey(
  { useCases, caller, log }: DisablePipeOptions,
  act: 'disable' | 'enable',
  name: string,
): Promise<void> {
  try {
    if (act === 'disable') await useCases.closeDatabase(caller, name, { reason: 'stop for update' });
    else await useCases.reopenDatabase(caller, name, null);
    log.info({ database: name }, `the pipe said ${act}`);
  } catch (error) {
    log.warn({ database: name, error }, `the pipe said ${act}, which was refused`);
  }
}

/** A pipe that is left over from another time is used again. */
function makePipe(path: string): void {
  const there = lstatOrNull(path);
  if (there === null) {
    try {
      execFileSync('mkfifo', ['-m', '600', path], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      const said = systemWords(error).trim().split('\n').at(-1) ?? '';
      throw new Fault('usage', { detail: `The pipe ${path} cannot be made: ${said}` }, error);
    }
    return;
  }
  if (!there.isFIFO())
    throw new Fault('usage', {
      detail: `${path} is there, and is no named pipe`,
      field: '--disable-pipe',
      found: path,
      expected: 'a name that is free, or a named pipe',
    });
  if (there.uid !== process.getuid?.())
    throw new Fault('usage', {
      detail: `${path} belongs to another account`,
      field: '--disable-pipe',
      found: path,
      expected: 'a named pipe of your own',
    });
}

function lstatOrNull(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
