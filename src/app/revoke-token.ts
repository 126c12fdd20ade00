import type { TokenRecord } from '../ports/records/tokens.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import type { World } from './world.ts';

export function revokeToken({ storage }: World) {
  return async (caller: Caller, id: string): Promise<TokenRecord> => {
    allow(caller.principal, 'token.manage', null);
    return storage.revokeToken({ by: actorOf(caller), id });
  };
}
