/** The questions of access that use cases ask; `mayDo` in core decides each of them. */
import {
  mayDo,
  type Permission,
  type Principal,
  permissions,
  roleNames,
  roles,
} from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import { type JobPlace, writeReference } from '../core/jobs/reference.ts';

/** Refuses unless the principal may do this in `project`, or on the server (null). */
export function allow(principal: Principal, permission: Permission, project: string | null): void {
  if (mayDo(principal.grants, permission, project)) return;
  throw new Fault('forbidden', {
    detail: `${principal.name} may not ${permissions[permission]}${project === null ? '' : ` in ${project}`} with this token`,
    found:
      principal.attempt === null ? principal.grants.map((grant) => grant.role) : 'the token of an attempt',
    expected: `the role ${rolesWith(permission).join(', ')}`,
  });
}

/** Refuses what is outside the reach of an attempt’s own token, whatever its grants say. */
export function refuseAttempts(principal: Principal, act: string): void {
  if (principal.attempt !== null)
    throw new Fault('forbidden', {
      detail: `The token of an attempt may not ${act}`,
      found: 'the token of an attempt',
    });
}

/** The jobs of others are changed by managers only. */
export function allowChange(principal: Principal, place: JobPlace, owner: string): void {
  allow(principal, 'job.write', place.project);
  if (owner === principal.name || mayDo(principal.grants, 'job.manage', place.project)) return;
  throw new Fault('forbidden', {
    detail: `${writeReference(place)} belongs to ${owner}; a contributor changes only jobs of their own`,
    found: principal.name,
    expected: `the role ${rolesWith('job.manage').join(', ')}`,
  });
}

/** The projects that may be read; null for all. */
export function readable(principal: Principal): readonly string[] | null {
  if (mayDo(principal.grants, 'project.read', null)) return null;
  const named = principal.grants.flatMap((grant) => (grant.project === null ? [] : [grant.project]));
  return [...new Set(named)].filter((project) => mayDo(principal.grants, 'project.read', project));
}

function rolesWith(permission: Permission): readonly string[] {
  return roleNames.filter((role) => (roles[role] as readonly Permission[]).includes(permission));
}
