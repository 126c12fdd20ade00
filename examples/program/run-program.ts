import { Refusal } from './refusal.ts';

/**
 * Runs one program: its summary goes to stdout, a refusal to stderr with exit code 2.
 * Anything else that is thrown is a fault of ours and keeps its stack trace.
 */
export async function runProgram(main: (words: readonly string[]) => Promise<string>): Promise<void> {
  try {
    const summary = await main(process.argv.slice(2));
    if (summary !== '') process.stdout.write(`${summary}\n`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
