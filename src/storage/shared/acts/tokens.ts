import { roleNames } from '../../../core/access/roles.ts';
import { Fault } from '../../../core/faults.ts';
import type { NewToken, TokenRecord } from '../../../ports/records/tokens.ts';
import { integer, integerOrNull, oneOf, text, textOrNull } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { projectRow } from './know.ts';

export function tokenOf(row: Row): TokenRecord {
  return {
    id: text(row.id),
    principal: text(row.principal),
    role: oneOf(row.role, roleNames),
    project: textOrNull(row.project),
    use: oneOf(row.use, ['token', 'cookie']),
    createdAt: integer(row.created_at),
    expiresAt: integerOrNull(row.expires_at),
    revokedAt: integerOrNull(row.revoked_at),
  };
}

export function* createToken(tx: Transaction, it: NewToken): Script<TokenRecord> {
  const project = it.project === null ? null : yield* projectRow(tx, it.project);
  const expiresAt = it.expiresInMs === null ? null : tx.now + it.expiresInMs;
  yield* tx.write('insert-token', [
    [
      it.id,
      it.secretHash,
      it.principal,
      it.role,
      project === null ? null : integer(project.id),
      it.use,
      tx.now,
      expiresAt,
    ],
  ]);
  tx.record('token.created', null);
  const { id, principal, role, use } = it;
  return { id, principal, role, project: it.project, use, createdAt: tx.now, expiresAt, revokedAt: null };
}

export function* revokeToken(tx: Transaction, id: string): Script<TokenRecord> {
  const row = yield* tx.selectOne('find-token', id);
  if (row === undefined) throw new Fault('token_unknown', { field: 'id', found: id });
  const token = tokenOf(row);
  if (token.revokedAt !== null) return token;
  yield* tx.write('revoke-token', [[id, tx.now]]);
  tx.record('token.revoked', null);
  return { ...token, revokedAt: tx.now };
}
