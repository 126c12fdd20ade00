import { Fault } from '../../core/faults.ts';
import type { TemplateRecord } from '../../ports/records/templates.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { byText, pageOf } from './pages.ts';
import { projectNamed, type State } from './state.ts';

interface Named {
  readonly project: string;
  readonly name: string;
}

const keyOf = ({ project, name }: Named): string => JSON.stringify([project, name]);

export function saveTemplate(act: Act, named: Named, job: unknown, by: string): TemplateRecord {
  projectNamed(act.state, named.project);
  const owner = act.state.templates.get(keyOf(named))?.template.owner ?? by;
  const template = { name: named.name, job: structuredClone(job), owner, updatedAt: act.now };
  act.state.templates.set(keyOf(named), { project: named.project, template });
  tell(act, 'project.changed', named.project);
  return template;
}

export function getTemplate(state: State, named: Named): TemplateRecord {
  projectNamed(state, named.project);
  const found = state.templates.get(keyOf(named));
  if (found === undefined) throw new Fault('template_unknown', { found: named.name });
  return found.template;
}

export function listTemplates(
  state: State,
  params: { readonly project: string; readonly limit: number; readonly after?: string },
): Page<TemplateRecord> {
  projectNamed(state, params.project);
  const templates = [...state.templates.values()]
    .filter((it) => it.project === params.project)
    .map(({ template }) => template)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const order = byText<TemplateRecord>(({ name }) => name);
  return pageOf(state, templates, params, order, (template) => template);
}

export function removeTemplate(act: Act, { project, name }: Named): void {
  getTemplate(act.state, { project, name });
  act.state.templates.delete(keyOf({ project, name }));
  tell(act, 'project.changed', project);
}
