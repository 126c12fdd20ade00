/** A file written whole or not at all, and readable by its owner alone. */
import { renameSync, writeFileSync } from 'node:fs';

export function writeOwnFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, path);
}
