import { mayDo } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import { checkName, type JobRequest, specifyJob } from '../core/jobs/specify.ts';
import type { TemplateRecord } from '../ports/records/templates.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

/** What belongs to one submission alone is no part of a template. */
export type TemplateJob = Omit<JobRequest, 'parent' | 'after' | 'notBefore' | 'submit'>;

export function saveTemplate({ storage }: World) {
  return async (caller: Caller, project: string, name: string, job: TemplateJob): Promise<TemplateRecord> => {
    allow(caller.principal, 'job.write', project);
    checkName(name, 'name');
    specifyJob(job, caller.principal.name, 'job.');
    const before = await storage.getTemplate({ project, name }).catch(noneOf);
    if (before !== null) allowTemplate(caller, project, before);
    return storage.saveTemplate({ by: actorOf(caller), project, name, job });
  };
}

export function getTemplate({ storage }: World) {
  return async (caller: Caller, project: string, name: string): Promise<TemplateRecord> => {
    allow(caller.principal, 'project.read', project);
    return storage.getTemplate({ project, name });
  };
}

export function listTemplates({ storage }: World) {
  return async (caller: Caller, project: string, page: PageRequest): Promise<Page<TemplateRecord>> => {
    allow(caller.principal, 'project.read', project);
    return storage.listTemplates({ project, ...pageOf(page) });
  };
}

export function removeTemplate({ storage }: World) {
  return async (caller: Caller, project: string, name: string): Promise<void> => {
    allow(caller.principal, 'job.write', project);
    const before = await storage.getTemplate({ project, name }).catch(noneOf);
    if (before !== null) allowTemplate(caller, project, before);
    await storage.removeTemplate({ by: actorOf(caller), project, name });
  };
}

/** A repetition may find neither template nor project any more; what it is answered then, the storage knows. */
function noneOf(error: unknown): null {
  if (error instanceof Fault && (error.code === 'template_unknown' || error.code === 'project_unknown'))
    return null;
  throw error;
}

/** The templates of others are changed by managers only. */
function allowTemplate({ principal }: Caller, project: string, { name, owner }: TemplateRecord): void {
  if (owner === principal.name || mayDo(principal.grants, 'job.manage', project)) return;
  throw new Fault('forbidden', {
    detail: `The template ${name} belongs to ${owner}`,
    found: principal.name,
    expected: 'its owner, or a manager',
  });
}
