/** Which worker a folder is of, told at registration: so two of one name are told apart. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A random name, given when it is first asked for; the folder must be held. */
export function instanceOf(folder: string): string {
  const file = join(folder, 'instance');
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, `${randomBytes(8).toString('hex')}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8').trim();
}
