import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Longer than any measurement takes: one that hangs must not hang the whole bench. */
const TIMEOUT_MS = 15 * 60_000;

/** Runs a script in a process of its own, with this one's options of Node, and gives the JSON of its last line. */
export async function lineOfChild(script: URL, args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const [said, complained, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  const line = said.trim().split('\n').at(-1);
  if (code !== 0 || !line) {
    throw new Error(`${fileURLToPath(script)} ended with ${code ?? signal}:\n${said}${complained}`.trimEnd());
  }
  return JSON.parse(line);
}
