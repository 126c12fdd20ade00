/**
 * What a worker asks of a server: the six verbs of the contract, each of which may be repeated. The client has them;
 * the narrow interface is what tests and other transports implement.
 */
import type {
  ClaimAnswer,
  ClaimRequest,
  ConfirmAnswer,
  ConfirmRequest,
  FinishAnswer,
  FinishRequest,
  NewWorker,
  OutputAnswer,
  OutputRequest,
  Registration,
  RenewAnswer,
  RenewRequest,
} from '@labkeep/client';

export type { FinishedAttempt, HeldAttempt, Offer, OnLost, OutputChunk } from '@labkeep/client';

export interface CallLimits {
  readonly signal: AbortSignal;
  /** The time limit (ms) of this one try; a claim gets its `waitMs` in addition. */
  readonly timeoutMs: number;
}

/** One try each: repeating is the worker’s own business. */
export interface WorkerConnection {
  register(request: NewWorker, limits: CallLimits): Promise<Registration>;
  claim(request: ClaimRequest, limits: CallLimits): Promise<ClaimAnswer>;
  confirm(request: ConfirmRequest, limits: CallLimits): Promise<ConfirmAnswer>;
  renew(request: RenewRequest, limits: CallLimits): Promise<RenewAnswer>;
  output(request: OutputRequest, limits: CallLimits): Promise<OutputAnswer>;
  finish(request: FinishRequest, limits: CallLimits): Promise<FinishAnswer>;
}

/** Where the server is and who we are there; it crosses to the thread that renews, which makes its own connection. */
export interface ServerAddress {
  readonly url: string;
  readonly token: string;
}

/** What a module that can be named as `connectionModule` exports. */
export type Connect = (server: ServerAddress) => WorkerConnection;

/** Loads such a module: the worker and its renewing thread each do, so that they share no connection. */
export async function loadConnect(module: string): Promise<Connect> {
  const loaded: unknown = await import(module);
  if (
    typeof loaded === 'object' &&
    loaded !== null &&
    'connect' in loaded &&
    typeof loaded.connect === 'function'
  )
    return loaded.connect as Connect;
  throw new Error(`${module} exports no function connect`);
}

export interface Failure {
  /** Nobody answered, or the server said that it cannot just now; or it understood and refused. */
  readonly kind: 'away' | 'refused';
  readonly code: string;
  /** After how long the server wants to be asked again; 0 if it did not say. */
  readonly retryAfterMs: number;
}

const passingStatus: readonly number[] = [408, 425, 429];

/** What a failed call means. Decided by code and status, never by the message. */
export function failureOf(error: unknown): Failure {
  const code = textIn(error, 'code') ?? 'server_away';
  const status = numberIn(error, 'status');
  const refused = status !== null && status >= 400 && status < 500 && !passingStatus.includes(status);
  const retryAfterMs = numberIn(error, 'retryAfterMs') ?? 0;
  return { kind: refused ? 'refused' : 'away', code, retryAfterMs };
}

function textIn(error: unknown, key: string): string | null {
  const value = valueIn(error, key);
  return typeof value === 'string' ? value : null;
}

function numberIn(error: unknown, key: string): number | null {
  const value = valueIn(error, key);
  return typeof value === 'number' ? value : null;
}

function valueIn(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
}
