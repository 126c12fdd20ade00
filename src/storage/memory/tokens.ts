import { Fault } from '../../core/faults.ts';
import type { NewToken, TokenRecord } from '../../ports/records/tokens.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { byText, pageOf } from './pages.ts';
import { projectNamed, type State, type StoredToken } from './state.ts';

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

function withoutSecret({ secretHash: _, ...record }: StoredToken): TokenRecord {
  return record;
}

export function listTokens(
  state: State,
  params: { readonly limit: number; readonly after?: string },
): Page<TokenRecord> {
  const rows = [...state.tokens.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return pageOf(
    state,
    rows,
    params,
    byText(({ id }) => id),
    withoutSecret,
  );
}

/** What an attempt’s own token stands on: it runs now, under this epoch. */
export function checkAttempt(
  state: State,
  jobId: number,
  epoch: number,
): { readonly project: string; readonly number: string; readonly owner: string } | null {
  const job = state.jobs.get(jobId);
  if (job?.live?.state !== 'running' || job.live.epoch !== epoch) return null;
  const { project, number, owner } = job.record;
  return { project, number, owner };
}
