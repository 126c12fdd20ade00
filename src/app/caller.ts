import type { Principal } from '../core/access/roles.ts';
import type { Actor, Idempotency } from '../ports/storage.ts';

/** Who asks for an act, and whether a repetition of it is to give the first answer again. */
export interface Caller {
  readonly principal: Principal;
  readonly idempotency?: Idempotency | undefined;
}

export function actorOf(caller: Caller): Actor {
  const principal = caller.principal.name;
  return caller.idempotency === undefined ? { principal } : { principal, idempotency: caller.idempotency };
}
