/** The one log of a process: lines of JSON in a file. It is begun anew, the old one kept beside it, when it is long. */
import { existsSync, renameSync, statSync } from 'node:fs';
import { destination, type Logger, multistream, pino } from 'pino';

export type { Logger } from 'pino';

const bytesMax = 16 * 1024 * 1024;

export interface LogOptions {
  readonly file: string;
  /** Told what is worth a warning, one sentence each. */
  readonly tell?: (message: string) => void;
}

export function openLog({ file, tell }: LogOptions): Logger {
  if (existsSync(file) && statSync(file).size > bytesMax) renameSync(file, `${file}.1`);
  const options = {
    level: 'info',
    base: { pid: process.pid },
    serializers: { error: pino.stdSerializers.err },
  };
  const toFile = destination({ dest: file, sync: true, mode: 0o600 });
  // A full disk must not end the server by way of its log.
  toFile.on('error', (error: Error) =>
    process.stderr.write(`labkeep: the log cannot be written: ${error.message}\n`),
  );
  if (tell === undefined) return pino(options, toFile);
  const toPeople = { write: (line: string) => tell(messageOf(line)) };
  return pino(
    options,
    multistream([
      { level: 'info', stream: toFile },
      { level: 'warn', stream: toPeople },
    ]),
  );
}

function messageOf(line: string): string {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null || !('msg' in parsed)) return line.trim();
  const code = 'code' in parsed && typeof parsed.code === 'string' ? ` (${parsed.code})` : '';
  return `${String(parsed.msg)}${code}`;
}
