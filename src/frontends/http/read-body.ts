/**
 * From bytes to a JSON value that is safe to walk: UTF-8, of bounded depth, without NUL and half characters, each number
 * as it was written. The depth is counted before anything is parsed, in the bytes.
 */
import { isUtf8 } from 'node:buffer';
import { Fault } from '../../core/faults.ts';
import { refuseAlteredNumbers } from './altered-numbers.ts';

export const bodyDepthMax = 64;
export const bodyBytesMax = 32 * 1024 * 1024;

export function readBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new Fault('malformed_body', { detail: 'The body is not UTF-8' });
  if (isDeeper(bytes, bodyDepthMax))
    throw new Fault('too_deep', { expected: `at most ${bodyDepthMax} levels` });
  const text = bytes.toString('utf8');
  const value = parse(text);
  refuseAlteredNumbers(text);
  // Only an escape can bring what is no text: the bytes themselves are UTF-8, and JSON refuses bare control characters.
  if (bytes.includes('\\u')) refuseBrokenText(value, '');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault(
      'malformed_body',
      { detail: `The body is not valid JSON (${error instanceof Error ? error.message : 'unreadable'})` },
      error,
    );
  }
}

const quote = 0x22;
const backslash = 0x5c;

function isDeeper(bytes: Buffer, max: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = endOfText(bytes, at);
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > max) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

/** The place of the quotation mark that ends the text which begins at `start`. */
function endOfText(bytes: Buffer, start: number): number {
  for (let at = start + 1; ; ) {
    const end = bytes.indexOf(quote, at);
    if (end < 0) return bytes.length;
    let slashes = 0;
    while (bytes[end - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return end;
    at = end + 1;
  }
}

function refuseBrokenText(value: unknown, field: string): void {
  if (typeof value === 'string') refuseBroken(value, field);
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) refuseBrokenText(item, `${field}[${index}]`);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      refuseBroken(name, field);
      refuseBrokenText(inner, field === '' ? name : `${field}.${name}`);
    }
}

function refuseBroken(text: string, field: string): void {
  if (!text.includes('\0') && text.isWellFormed()) return;
  throw new Fault('invalid_field', {
    ...(field === '' ? {} : { field }),
    found: text.toWellFormed(),
    expected: 'text without NUL and without half characters',
  });
}
