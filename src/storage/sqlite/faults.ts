import { Fault } from '../../core/faults.ts';

/** SQLite’s primary result codes that mean something to a user (sqlite.org/rescode.html). */
const codes: Readonly<Record<number, 'storage_full' | 'storage_unavailable'>> = {
  5: 'storage_unavailable', // SQLITE_BUSY
  8: 'storage_unavailable', // SQLITE_READONLY
  10: 'storage_unavailable', // SQLITE_IOERR
  13: 'storage_full', // SQLITE_FULL
  14: 'storage_unavailable', // SQLITE_CANTOPEN
};

/** The fault that an error of the engine amounts to; other errors are given back as they are. */
export function faultOf(error: unknown): unknown {
  if (
    error instanceof Fault ||
    !(error instanceof Error) ||
    !('errcode' in error) ||
    typeof error.errcode !== 'number'
  )
    return error;
  const code = codes[error.errcode & 0xff];
  return code === undefined ? error : new Fault(code, { detail: `SQLite: ${error.message}` }, error);
}
