import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { Fault } from '../core/faults.ts';
import { systemWords } from './system-error.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The certificate’s file, for those on this machine who are to trust it. */
  readonly certificateFile: string;
}

/** Reads a certificate and its key, and proves that they belong together. */
export function readTls(files: TlsFiles): Tls {
  const cert = read('--tls-cert', files.cert);
  const key = read('--tls-key', files.key);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Fault(
      'usage',
      { detail: `${files.cert} and ${files.key} cannot be used for TLS: ${systemWords(error)}` },
      error,
    );
  }
  return { cert, key, certificateFile: resolve(files.cert) };
}

function read(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Fault(
      'usage',
      { detail: `The file ${file} of ${option} cannot be read: ${systemWords(error)}` },
      error,
    );
  }
}
