import Type, { type Static } from 'typebox';
import { closed, listOf, time } from './common.ts';
import { NewJob } from './jobs.ts';

/** What belongs to one submission alone is no part of a template. */
const {
  parent: _parent,
  after: _after,
  notBefore: _notBefore,
  submit: _submit,
  ...fields
} = NewJob.properties;

export const TemplateJob = Type.Object(fields, {
  ...closed,
  'x-name': 'TemplateJob',
  description: 'A job to be: fields as in a posted one',
});

export const NewTemplate = Type.Object({ job: TemplateJob }, { ...closed, 'x-name': 'NewTemplate' });

export const Template = Type.Object(
  { name: Type.String(), job: TemplateJob, owner: Type.String(), updatedAt: time },
  { ...closed, 'x-name': 'Template' },
);
export type Template = Static<typeof Template>;

export const TemplateList = listOf(Template, 'TemplateList');
