import type { Role } from '../../core/access/roles.ts';
import type { Actor, Page } from '../storage.ts';

export interface TokenRecord {
  /** Public: for lists, logs and revocation. */
  readonly id: string;
  readonly principal: string;
  readonly role: Role;
  readonly project: string | null;
  /** What it is for: a token somebody created, or the cookie of a browser. */
  readonly use: 'token' | 'cookie';
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

export interface NewToken {
  readonly id: string;
  /** SHA-256 of the secret, hexadecimal. */
  readonly secretHash: string;
  readonly principal: string;
  readonly role: Role;
  readonly project: string | null;
  readonly use: 'token' | 'cookie';
  readonly expiresInMs: number | null;
}

export interface TokenStorage {
  createToken(params: { readonly by: Actor; readonly token: NewToken }): Promise<TokenRecord>;
  /** The token of this public id, whatever its state; null if there is none. */
  findToken(params: { readonly id: string }): Promise<(TokenRecord & { readonly secretHash: string }) | null>;
  listTokens(params: { readonly limit: number; readonly after?: string }): Promise<Page<TokenRecord>>;
  revokeToken(params: { readonly by: Actor; readonly id: string }): Promise<TokenRecord>;
  /** Whether this attempt is running under this epoch now: what its own token stands on. */
  checkAttempt(params: {
    readonly jobId: number;
    readonly epoch: number;
  }): Promise<{ readonly project: string; readonly number: string; readonly owner: string } | null>;
}
