import { Fault } from '../../core/faults.ts';

/** The connection is gone: whatever had not been committed did not happen. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super('the connection to PostgreSQL was lost', { cause });
    this.name = 'ConnectionLost';
  }
}

/** SQLSTATE codes (PostgreSQL manual, appendix A) after which the connection is of no use; 25006: it takes no writes. */
const lostStates = ['57P01', '57P02', '57P03', '57P05', '53300', '25P03', '25P04', '25006'];
const fullStates = ['53100'];
/** At the start: a wrong user, password or database, no right to make tables there, a standby. */
const refusalStates = ['28000', '28P01', '3D000', '42501', '25006'];

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error of the driver means that its connection cannot be used any more. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = sqlState(error);
  if (code === undefined) return /connection|socket|timeout/i.test(error.message);
  if (isPlanOfOldSchema(error)) return true;
  return code.startsWith('08') || lostStates.includes(code) || /^E[A-Z]+$/.test(code);
}

/** A newer server has migrated meanwhile: what this connection has prepared is of no use, and a new one will do. */
function isPlanOfOldSchema(error: Error): boolean {
  return sqlState(error) === '0A000' && 'routine' in error && error.routine === 'RevalidateCachedQuery';
}

/** The fault that an error of the engine amounts to; other errors are given back as they are. */
export function faultOf(error: unknown): unknown {
  if (error instanceof Fault || !(error instanceof Error)) return error;
  if (error instanceof ConnectionLost || isConnectionLoss(error))
    return new Fault('storage_unavailable', {}, error);
  if (fullStates.includes(sqlState(error) ?? '')) return new Fault('storage_full', {}, error);
  return error;
}

/** The same at the start, where a refusal concerns the address that was named. */
export function openingFaultOf(error: unknown): unknown {
  if (!(error instanceof Error) || !refusalStates.includes(sqlState(error) ?? '')) return faultOf(error);
  return new Fault('storage_refused', { detail: `PostgreSQL says: ${error.message}` }, error);
}
