/** Times and spans, as people say them. */
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

/** `0.31 s`, `41 s`, `12 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(ms < 1_000 ? 2 : 1)} s`;
  if (ms < minute) return `${Math.round(ms / 1_000)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  return `${Math.round(ms / day)} days`;
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
