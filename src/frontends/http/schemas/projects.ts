import Type, { type Static } from 'typebox';
import { bounds } from '../../../core/jobs/specify.ts';
import { closed, json, listOf, name, nullable, revision, time } from './common.ts';

const texts = {
  title: Type.Optional(nullable(Type.String({ maxLength: bounds.titleLength }))),
  directory: Type.Optional(nullable(Type.String({ maxLength: bounds.pathLength }))),
  metadata: Type.Optional(json),
};

export const NewProject = Type.Object({ name, ...texts }, { ...closed, 'x-name': 'NewProject' });

export const ProjectChanges = Type.Object(
  { ...texts, revision: Type.Optional(revision) },
  { ...closed, 'x-name': 'ProjectChanges' },
);

export const Project = Type.Object(
  {
    name: Type.String(),
    title: nullable(Type.String()),
    directory: nullable(Type.String()),
    owner: Type.String(),
    metadata: json,
    createdAt: time,
    revision: Type.Integer(),
  },
  { ...closed, 'x-name': 'Project' },
);
export type Project = Static<typeof Project>;

export const ProjectList = listOf(Project, 'ProjectList');
