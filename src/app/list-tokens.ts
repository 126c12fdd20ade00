import type { TokenRecord } from '../ports/records/tokens.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export function listTokens({ storage }: World) {
  return async (caller: Caller, page: PageRequest): Promise<Page<TokenRecord>> => {
    allow(caller.principal, 'token.manage', null);
    return storage.listTokens(pageOf(page));
  };
}
