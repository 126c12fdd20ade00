/**
 * The text of tokens. A person’s or a worker’s is `labkeep_ID_SECRET`: the id is public, of the secret only the
 * SHA-256 is stored. An attempt’s own is `labkeep_attempt_JOB_EPOCH_SIGNATURE` and stored nowhere: it stands on the
 * storage’s signing key, and on the attempt running under that epoch.
 */
import type { Chance } from '../ports/clock.ts';

export type ReadToken =
  | { readonly kind: 'stored'; readonly id: string; readonly secret: string }
  | { readonly kind: 'attempt'; readonly jobId: number; readonly epoch: number; readonly signature: string };

const storedPattern = /^labkeep_([0-9a-zA-Z]{12})_([0-9a-zA-Z]{40,128})$/;
const attemptPattern = /^labkeep_attempt_([0-9a-z]{1,11})_([0-9a-z]{1,11})_([0-9a-f]{64})$/;

export function newTokenParts(chance: Chance): {
  readonly id: string;
  readonly secret: string;
  readonly token: string;
} {
  const id = chance.token(6);
  const secret = chance.token(32);
  return { id, secret, token: `labkeep_${id}_${secret}` };
}

export function writeAttemptToken(jobId: number, epoch: number, signature: string): string {
  return `labkeep_attempt_${jobId.toString(36)}_${epoch.toString(36)}_${signature}`;
}

/** What an attempt’s token is signed over. */
export function attemptTokenClaim(jobId: number, epoch: number): string {
  return `attempt ${jobId} ${epoch}`;
}

/** Null if the text cannot be a token of this server. */
export function readToken(text: string): ReadToken | null {
  const stored = storedPattern.exec(text);
  if (stored?.[1] !== undefined && stored[2] !== undefined)
    return { kind: 'stored', id: stored[1], secret: stored[2] };
  const attempt = attemptPattern.exec(text);
  if (attempt?.[1] === undefined || attempt[2] === undefined || attempt[3] === undefined) return null;
  const jobId = Number.parseInt(attempt[1], 36);
  const epoch = Number.parseInt(attempt[2], 36);
  if (!Number.isSafeInteger(jobId) || !Number.isSafeInteger(epoch)) return null;
  return { kind: 'attempt', jobId, epoch, signature: attempt[3] };
}
