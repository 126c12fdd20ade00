import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The programs of the example, as a job runs them. */
export const programFile = (name: string) =>
  join(import.meta.dirname, '..', '..', '..', 'examples', `${name}.ts`);
export const recordFile = join(import.meta.dirname, '..', '..', '..', 'examples', 'data', 'NC_005816.gb');

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(command: readonly string[], cwd: string): Promise<Ended> {
  const [program = '', ...words] = command;
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
  ]);
  return { exitCode: await ended, stdout: stdout.join(''), stderr: stderr.join('') };
}

export function runProgram(name: string, words: readonly string[], cwd: string): Promise<Ended> {
  return run([process.execPath, programFile(name), ...words], cwd);
}
