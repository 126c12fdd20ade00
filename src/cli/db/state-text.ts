import type { Database } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import type { Paint } from '../terminal.ts';

export const statePaints: Readonly<Record<Database['state'], readonly Paint[]>> = {
  on: ['green'],
  closing: ['yellow'],
  closed: ['yellow'],
  off: ['red'],
};

/** Why a database is closed, and until when: `release 145, until 14:00, by ada`. */
export function closureText(cli: Cli, { closure }: Database): string {
  if (closure === null) return '';
  const { reason, until, by } = closure;
  return [
    ...(reason === null ? [] : [reason]),
    ...(until === null ? [] : [`until ${untilText(cli, until)}`]),
    `by ${by}`,
  ].join(', ');
}

/** For people by their own clock: `14:00`, or with the date. */
export function untilText({ terminal, now }: Cli, time: string): string {
  if (!terminal.isForPeople) return time;
  const instant = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const clock = `${two(instant.getHours())}:${two(instant.getMinutes())}`;
  if (instant.toDateString() === new Date(now()).toDateString()) return clock;
  return `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())} ${clock}`;
}
