import Type, { type Static } from 'typebox';
import { markdownBytesMax } from '../../../core/annotations/comment.ts';
import { bounds } from '../../../core/jobs/specify.ts';
import { after, closed, json, limit, listOf, name, nullable, revision, time } from './common.ts';

const texts = {
  title: Type.Optional(nullable(Type.String({ maxLength: bounds.titleLength }))),
  directory: Type.Optional(nullable(Type.String({ maxLength: bounds.pathLength }))),
  metadata: Type.Optional(json),
};

export const NewProject = Type.Object({ name, ...texts }, { ...closed, 'x-name': 'NewProject' });

export const ProjectsQuery = Type.Object(
  {
    limit: Type.Optional(limit),
    after: Type.Optional(after),
    folder: Type.Optional(
      Type.String({
        maxLength: bounds.pathLength,
        description: 'An absolute path: only projects whose directory it is, or lies in; innermost first',
      }),
    ),
  },
  closed,
);

const notes = Type.String({ description: `Markdown, at most ${markdownBytesMax} bytes of UTF-8` });

export const ProjectChanges = Type.Object(
  { ...texts, notes: Type.Optional(notes), revision: Type.Optional(revision) },
  { ...closed, 'x-name': 'ProjectChanges' },
);

const project = {
  name: Type.String(),
  title: nullable(Type.String()),
  directory: nullable(Type.String()),
  owner: Type.String(),
  metadata: json,
  createdAt: time,
  revision: Type.Integer(),
};

export const Project = Type.Object(project, { ...closed, 'x-name': 'Project' });
export type Project = Static<typeof Project>;

export const ProjectDetails = Type.Object(
  { ...project, notes },
  { ...closed, 'x-name': 'ProjectDetails', description: 'A project with its notes, which lists leave out' },
);
export type ProjectDetails = Static<typeof ProjectDetails>;

export const ProjectList = listOf(Project, 'ProjectList');
