import { Fault } from '../faults.ts';
import { isName, nameRule } from '../names.ts';
import { checkText } from '../text.ts';

export const databaseBounds = {
  descriptionLength: 1_000,
  reasonLength: 1_000,
  graceMsMax: 86_400_000,
} as const;

export function checkTag(tag: string, field: string): string {
  if (!isName(tag)) throw new Fault('invalid_field', { field, found: tag, expected: nameRule });
  return tag;
}

export function checkDescription(description: string, field: string): string {
  checkText(description, field, databaseBounds.descriptionLength);
  return description;
}
