import type { TokenRecord } from '../../../ports/records/tokens.ts';
import type { Token } from '../schemas/tokens.ts';
import { timeText, timeTextOrNull } from './times.ts';

export function presentToken(it: TokenRecord): Token {
  return {
    id: it.id,
    name: it.principal,
    role: it.role,
    project: it.project,
    createdAt: timeText(it.createdAt),
    expiresAt: timeTextOrNull(it.expiresAt),
    revokedAt: timeTextOrNull(it.revokedAt),
  };
}
