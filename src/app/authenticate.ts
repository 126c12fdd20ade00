import type { Principal } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import { signingKeyOf } from './signing-key.ts';
import { attemptTokenClaim, type ReadToken, readToken } from './tokens.ts';
import type { World } from './world.ts';

/**
 * Who holds this token. Asked anew for every request, so a revocation counts from the next one on. Whether a token
 * has expired or was revoked is told only to who knows its secret.
 */
export function authenticate({ storage, clock, secrets }: World) {
  const signingKey = signingKeyOf(storage);

  return async (text: string, use: 'token' | 'cookie'): Promise<Principal> => {
    const token = readToken(text);
    if (token?.kind === 'stored') return storedPrincipal(token, use);
    if (token?.kind === 'attempt' && use === 'token') return attemptPrincipal(token);
    throw new Fault('unauthenticated');
  };

  async function storedPrincipal(
    token: ReadToken & { kind: 'stored' },
    use: 'token' | 'cookie',
  ): Promise<Principal> {
    const record = await storage.findToken({ id: token.id });
    if (
      record === null ||
      !secrets.same(secrets.digest(token.secret), record.secretHash) ||
      record.use !== use
    )
      throw new Fault('unauthenticated');
    if (record.revokedAt !== null) throw new Fault('token_revoked');
    if (record.expiresAt !== null && record.expiresAt <= clock.now()) throw new Fault('token_expired');
    return {
      name: record.principal,
      grants: [{ role: record.role, project: record.project }],
      attempt: null,
    };
  }

  async function attemptPrincipal(token: ReadToken & { kind: 'attempt' }): Promise<Principal> {
    const { jobId, epoch } = token;
    const signature = secrets.sign(await signingKey(), attemptTokenClaim(jobId, epoch));
    if (!secrets.same(signature, token.signature)) throw new Fault('unauthenticated');
    const running = await storage.checkAttempt({ jobId, epoch });
    if (running === null)
      throw new Fault('token_expired', { detail: 'The attempt of this token is not running any more' });
    const { project, number, owner } = running;
    return { name: owner, grants: [{ role: 'viewer', project }], attempt: { jobId, epoch, project, number } };
  }
}
