import { Fault } from '../faults.ts';

/** A job’s place: the project’s name and the number in it, such as `12` or `12.1`. */
export interface JobPlace {
  readonly project: string;
  readonly number: string;
}

/** Sixteen parts at most: a child of a child, and so on. */
const numberPattern = /^[1-9][0-9]{0,14}(\.[1-9][0-9]{0,14}){0,15}$/;

export function isJobNumber(text: string): boolean {
  return numberPattern.test(text);
}

/** Refuses a parent so deep that its children would have no number. */
export function refuseTooDeep(parent: string, field: string): void {
  if (!isJobNumber(`${parent}.1`))
    throw new Fault('invalid_field', {
      field,
      found: parent,
      expected: 'a job that may have children below it',
    });
}

export function writeReference(place: JobPlace): string {
  return `${place.project}/${place.number}`;
}

/** Reads `toxd/12`; a bare `12` means a job of `project`, if one is given. */
export function readReference(text: string, field: string, project?: string): JobPlace {
  const slash = text.lastIndexOf('/');
  const name = slash < 0 ? project : text.slice(0, slash);
  const number = text.slice(slash + 1);
  if (name === undefined || name === '' || !isJobNumber(number))
    throw new Fault('invalid_field', { field, found: text, expected: 'a reference such as toxd/12' });
  return { project: name, number };
}

/** An attempt as clients carry it; opaque to them. */
export function writeAttempt(jobId: number, attempt: number): string {
  return `${jobId.toString(36)}-${attempt}`;
}

/** Null if the text is not an attempt that this server could have given. */
export function readAttempt(text: string): { readonly jobId: number; readonly attempt: number } | null {
  const match = /^([0-9a-z]{1,11})-([1-9][0-9]{0,8})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { jobId: Number.parseInt(match[1], 36), attempt: Number(match[2]) };
}
