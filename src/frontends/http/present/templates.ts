import type { TemplateRecord } from '../../../ports/records/templates.ts';
import type { Template } from '../schemas/templates.ts';
import { timeText } from './times.ts';

export function presentTemplate({ name, job, owner, updatedAt }: TemplateRecord): Template {
  // It was checked against this schema when it was saved.
  return { name, job: job as Template['job'], owner, updatedAt: timeText(updatedAt) };
}
