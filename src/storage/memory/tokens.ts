import { Fault } from '../../core/faults.ts';
import type { NewToken, TokenRecord } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { projectNamed, type StoredToken } from './state.ts';

export function createToken(act: Act, asked: NewToken): TokenRecord {
  if (asked.project !== null) projectNamed(act.state, asked.project);
  const { expiresInMs, ...given } = asked;
  const expiresAt = expiresInMs === null ? null : act.now + expiresInMs;
  const stored: StoredToken = { ...given, createdAt: act.now, expiresAt, revokedAt: null };
  act.state.tokens.set(asked.id, stored);
  tell(act, 'token.created', null);
  return withoutSecret(stored);
}

export function revokeToken(act: Act, id: string): TokenRecord {
  const token = act.state.tokens.get(id);
  if (token === undefined) throw new Fault('token_unknown', { found: id });
  if (token.revokedAt !== null) return withoutSecret(token);
  const revoked = { ...token, revokedAt: act.now };
  act.state.tokens.set(id, revoked);
  tell(act, 'token.revoked', null);
  return withoutSecret(revoked);
}

export function withoutSecret({ secretHash: _, ...record }: StoredToken): TokenRecord {
  return record;
}
