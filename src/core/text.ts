import { Fault } from './faults.ts';

/** Text that any storage and any wire can carry: no NUL, no lone surrogate, not longer than `max` characters. */
export function checkText(text: string, field: string, max: number): void {
  if (text.length > max)
    throw new Fault('invalid_field', { field, found: text, expected: `at most ${max} characters` });
  if (text.includes('\0') || !text.isWellFormed())
    throw new Fault('invalid_field', {
      field,
      found: text,
      expected: 'text without NUL and without half characters',
    });
}

/** A folder by a path that means the same whoever reads it. */
export function checkDirectory(path: string, field: string, max: number): void {
  checkText(path, field, max);
  if (!path.startsWith('/'))
    throw new Fault('invalid_field', {
      field,
      found: path,
      expected: 'an absolute path, such as /data/toxd',
    });
}

/** A SHA-256 as it is told and kept. */
export function checkDigest(sha256: string, field: string): string {
  if (/^[0-9a-f]{64}$/.test(sha256)) return sha256;
  throw new Fault('invalid_field', { field, found: sha256, expected: '64 lower-case hexadecimal digits' });
}

/** Free JSON of bounded depth and length. */
export function checkJson(value: unknown, field: string, depthMax: number, lengthMax: number): void {
  let length = 0;
  const visit = (part: unknown, depth: number): void => {
    if (typeof part === 'string') {
      checkText(part, field, lengthMax);
      length += part.length;
    } else if (typeof part === 'object' && part !== null) {
      if (depth > depthMax) throw new Fault('too_deep', { field, expected: `at most ${depthMax} levels` });
      for (const [key, inner] of Object.entries(part)) {
        checkText(key, field, lengthMax);
        length += key.length + 1;
        visit(inner, depth + 1);
      }
    } else length += 8;
    if (length > lengthMax)
      throw new Fault('invalid_field', { field, expected: `at most ${lengthMax} characters` });
  };
  visit(value, 1);
}

/** The number of bytes of well-formed text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      index++;
    } else bytes += 3;
  }
  return bytes;
}
