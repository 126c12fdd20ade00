/** What a role allows. Default deny: what is not named here is refused. */
export const permissions = {
  'server.read': 'see the server, its projects and workers',
  'project.create': 'create a project',
  'project.read': 'see a project and its jobs',
  'project.change': 'change or delete a project',
  'job.write': 'submit, change, cancel and repeat jobs',
  'job.manage': 'change the jobs of others',
  'database.use': 'open sessions, and lock databases',
  'database.manage': 'add, change, close and publish databases, break locks, and end the sessions of others',
  work: 'ask for work and report on it',
  'token.manage': 'create, list and revoke tokens',
  'server.manage': 'back up, and see everything',
} as const;
export type Permission = keyof typeof permissions;

export const roles = {
  viewer: ['server.read', 'project.read'],
  contributor: ['server.read', 'project.read', 'project.create', 'job.write', 'database.use'],
  manager: [
    'server.read',
    'project.read',
    'project.create',
    'job.write',
    'project.change',
    'job.manage',
    'database.use',
    'database.manage',
  ],
  worker: ['server.read', 'project.read', 'work'],
  admin: Object.keys(permissions) as readonly Permission[],
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as readonly Role[];

/** One right given to a principal: a role, in one project or (null) on the whole server. */
export interface Grant {
  readonly role: Role;
  readonly project: string | null;
}

/** Who asks, with what rights. `attempt` is set for the short-lived token of one attempt. */
export interface Principal {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly attempt: {
    readonly jobId: number;
    readonly epoch: number;
    readonly project: string;
    readonly number: string;
  } | null;
}

/** Acts on the server as a whole: a grant for one project never allows them. Reading is narrowed to that project. */
const serverWide: readonly Permission[] = [
  'project.create',
  'database.manage',
  'token.manage',
  'server.manage',
  'work',
];

/**
 * The one function that decides. `project` names the project of the act, null for an act on the server.
 * `server.read` is open to every grant; lists show only what may be read.
 */
export function mayDo(grants: readonly Grant[], permission: Permission, project: string | null): boolean {
  return grants.some((grant) => {
    const allowed: readonly Permission[] = roles[grant.role];
    if (!allowed.includes(permission)) return false;
    if (grant.project === null) return true;
    return project === null
      ? !serverWide.includes(permission) && permission !== 'project.read'
      : grant.project === project;
  });
}
