import { readFile } from 'node:fs/promises';
import { Refusal } from './refusal.ts';

/** Reads a file and parses it; every complaint, of the disk or of the parser, names the file. */
export async function readText<T>(path: string, expected: string, parse: (text: string) => T): Promise<T> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Refusal(`cannot read ${path}: ${reason(cause)}; expected ${expected}`, { cause });
  });
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal(`${path}: ${cause.message}`, { cause });
  }
}

function reason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
      return 'permission denied';
    default:
      return error.message;
  }
}
