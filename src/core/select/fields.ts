import { ratings } from '../annotations/annotations.ts';
import { endReasons, jobStates, waitReasons } from '../jobs/states.ts';

const reasons = [...new Set([...Object.keys(waitReasons), ...Object.keys(endReasons)])];

/**
 * What a selection can ask of a job, by the word it is asked with. `words`: the values there are, `text`: any name,
 * `number`: is number, `time`: an instant, `parent`: a number such as 12, `file` and `kin`: what the job has to do with a
 * file or another job. `none`: whether a job can be without it, which is asked for with the word none.
 */
export const fields = {
  state: { kind: 'words', none: false, values: jobStates },
  reason: { kind: 'words', none: true, values: reasons },
  origin: { kind: 'words', none: false, values: ['queued', 'recorded'] },
  rating: { kind: 'words', none: true, values: ratings },
  task: { kind: 'text', none: true },
  owner: { kind: 'text', none: false },
  queue: { kind: 'text', none: false },
  tag: { kind: 'text', none: true },
  parent: { kind: 'parent', none: true },
  priority: { kind: 'number', none: false },
  exit: { kind: 'number', none: true },
  attempts: { kind: 'number', none: false },
  created: { kind: 'time', none: false },
  submitted: { kind: 'time', none: true },
  started: { kind: 'time', none: true },
  finished: { kind: 'time', none: true },
  used: { kind: 'file', none: false },
  made: { kind: 'file', none: false },
  'ancestor-of': { kind: 'kin', none: false },
  'descendant-of': { kind: 'kin', none: false },
} as const satisfies Record<string, Field>;

interface Field {
  readonly kind: 'words' | 'text' | 'parent' | 'number' | 'time' | 'file' | 'kin';
  readonly none: boolean;
  readonly values?: readonly string[];
}

export type FieldName = keyof typeof fields;
type NamesOf<Kind extends Field['kind']> = {
  [Name in FieldName]: (typeof fields)[Name]['kind'] extends Kind ? Name : never;
}[FieldName];

/** Asked for by one of several values. */
export type NameField = NamesOf<'words' | 'text' | 'parent'>;
/** Asked for by ranges. */
export type MeasureField = NamesOf<'number' | 'time'>;
export type FileField = NamesOf<'file'>;
export type KinField = NamesOf<'kin'>;

export const fieldNames = Object.keys(fields) as readonly FieldName[];

export function isField(name: string): name is FieldName {
  return Object.hasOwn(fields, name);
}
