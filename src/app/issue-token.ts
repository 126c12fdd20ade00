import { Fault } from '../core/faults.ts';
import type { NewToken, TokenRecord } from '../ports/records/tokens.ts';
import type { Actor } from '../ports/storage.ts';
import { newTokenParts } from './tokens.ts';
import type { World } from './world.ts';

export interface IssuedToken {
  /** The text itself: shown once, stored nowhere. */
  readonly token: string;
  readonly record: TokenRecord;
}

export type TokenRequest = Omit<NewToken, 'id' | 'secretHash'>;

/** Makes a token without asking who wants it: for the server itself, and below the use case that asks. */
export function issueToken({ storage, chance, secrets }: World) {
  return async (by: Actor, request: TokenRequest): Promise<IssuedToken> => {
    const { id, secret, token } = newTokenParts(chance);
    const record = await storage.createToken({
      by,
      token: { ...request, id, secretHash: secrets.digest(secret) },
    });
    // A repetition finds the record of the first request, whose secret nobody knows any more.
    if (record.id !== id) throw new Fault('token_shown_once', { facts: { id: record.id } });
    return { token, record };
  };
}
