import { Fault } from '../core/faults.ts';
import { absolutePath } from '../core/files/paths.ts';
import { bounds } from '../core/jobs/specify.ts';
import { checkDirectory } from '../core/text.ts';

/** An absolute path in its plain form. */
export function plainPath(path: string, field: string): string {
  checkDirectory(path, field, bounds.pathLength);
  return absolutePath(path, null) ?? path;
}

export function checkDigest(sha256: string, field: string): string {
  if (/^[0-9a-f]{64}$/.test(sha256)) return sha256;
  throw new Fault('invalid_field', {
    field,
    found: sha256,
    expected: '64 lower-case hexadecimal digits',
  });
}
