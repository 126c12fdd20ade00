import Type from 'typebox';
import { bounds } from '../../../core/jobs/specify.ts';
import { closed, listOf } from './common.ts';

export const NewDirectory = Type.Object(
  { path: Type.String({ maxLength: bounds.pathLength, description: 'Absolute' }) },
  { ...closed, 'x-name': 'NewDirectory' },
);

export const Directory = Type.Object(
  { alias: Type.String(), path: Type.String() },
  { ...closed, 'x-name': 'Directory' },
);

export const DirectoryList = listOf(Directory, 'DirectoryList');
