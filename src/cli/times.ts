/** Times and spans, as people say them. */
import { span } from '../recorder/span.ts';
import { refusal } from './refusal.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `2 min ago`; after a week, the date. */
export function ago(time: string, now: number): string {
  const age = now - Date.parse(time);
  if (age < -minute) return `in ${span(-age)}`;
  if (age < 5_000) return 'just now';
  return age > 7 * day ? time.slice(0, 10) : `${span(age)} ago`;
}

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: minute,
  min: minute,
  h: hour,
  d: day,
  w: 7 * day,
};

/** Reads `30d`, `12h`, `90min`. */
export function readSpan(text: string, option: string): number {
  const match = /^(\d{1,9})\s*([a-z]+)$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw refusal('usage', `${option} is ${JSON.stringify(text)}, expected a time such as 30d, 12h or 90min`);
  return Number(match[1]) * unit;
}

/** Reads a time to come: `14:00` (today, else tomorrow), `+2h`, or RFC 3339. */
export function readUntil(text: string, option: string, now: number): Date {
  if (text.startsWith('+')) return new Date(now + readSpan(text.slice(1), option));
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours !== undefined) {
    const today = new Date(now);
    today.setHours(Number(hours), Number(minutes), 0, 0);
    if (today.getTime() <= now) today.setDate(today.getDate() + 1);
    return today;
  }
  const isTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})?$/.test(text);
  const instant = isTime ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (Number.isNaN(instant))
    throw refusal(
      'usage',
      `${option} is ${JSON.stringify(text)}, expected a time such as 14:00, +2h or 2026-11-22T14:00`,
    );
  return new Date(instant);
}
