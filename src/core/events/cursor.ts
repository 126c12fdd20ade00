import { Fault } from '../faults.ts';

/** A place in the order of events. Outside it is an opaque string; the incarnation guards against restored storages. */
export interface Position {
  readonly incarnation: string;
  readonly sequence: number;
}

export function writeCursor(position: Position): string {
  return `${position.incarnation}-${position.sequence.toString(36)}`;
}

/** Reads a cursor that a client brings back; `field` names where it stood. */
export function readCursor(text: string, field: string): Position {
  const match = /^([a-z0-9]{1,32})-([0-9a-z]{1,11})$/.exec(text);
  const sequence = Number.parseInt(match?.[2] ?? '', 36);
  if (match?.[1] === undefined || !Number.isSafeInteger(sequence))
    throw new Fault('cursor_invalid', { field, found: text, expected: 'a cursor as this server gave it' });
  return { incarnation: match[1], sequence };
}
