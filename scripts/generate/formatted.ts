import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '../..');

/** The source as Biome would write it. */
export async function formatted(path: string, source: string): Promise<string> {
  const biome = spawn(join(root, 'node_modules/.bin/biome'), ['format', '--stdin-file-path', path], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  biome.stdin.end(source);
  const [output, [code]] = await Promise.all([text(biome.stdout), once(biome, 'exit')]);
  if (code !== 0) throw new Error(`biome could not format ${path}`);
  return output;
}
