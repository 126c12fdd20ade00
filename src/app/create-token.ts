import type { Role } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import { bounds, checkInteger, checkName } from '../core/jobs/specify.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { type IssuedToken, issueToken } from './issue-token.ts';
import type { World } from './world.ts';

export interface CreateToken {
  /** The principal, made if new. */
  readonly name: string;
  readonly role: Role;
  readonly project?: string | null | undefined;
  readonly expiresInMs?: number | null | undefined;
}

export function createToken(world: World) {
  const issue = issueToken(world);

  return async (caller: Caller, request: CreateToken): Promise<IssuedToken> => {
    allow(caller.principal, 'token.manage', null);
    const project = request.project ?? null;
    if (project !== null && request.role === 'worker')
      throw new Fault('invalid_field', {
        field: 'project',
        found: project,
        expected: 'none: a worker serves its principal in all projects',
      });
    if (project !== null) await world.storage.getProject({ name: project });
    const expiresInMs = request.expiresInMs ?? null;
    return issue(actorOf(caller), {
      principal: checkName(request.name, 'name'),
      role: request.role,
      project,
      use: 'token',
      expiresInMs:
        expiresInMs === null ? null : checkInteger(expiresInMs, 'expiresInMs', 1, bounds.durationMs),
    });
  };
}
