/** Instants as selections write them; days begin at midnight UTC. */
export interface Span {
  /** The first millisecond of it, and the first after it. For `3d` both are the instant so long ago. */
  readonly from: number;
  readonly until: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const units: Readonly<Record<string, number>> = {
  s: second,
  m: minute,
  min: minute,
  h: hour,
  d: day,
  w: 7 * day,
};

export const timesExpected =
  'a time such as 2026-11-21, 2026-11-21T09:30Z, today, yesterday, 12h or 3d (so long ago)';
export const timeWords = ['today', 'yesterday'] as const;

/** The stretch of time that is meant, or null if the text names none. */
export function spanOf(text: string, now: number): Span | null {
  if (text === 'today') return dayAt(now);
  if (text === 'yesterday') return dayAt(now - day);
  const ago = /^(\d{1,7})(s|min|m|h|d|w)$/.exec(text);
  if (ago !== null) {
    const instant = now - Number(ago[1]) * (units[ago[2] ?? ''] ?? 0);
    return { from: instant, until: instant };
  }
  return calendarSpan(text) ?? clockSpan(text);
}

/** Whether the text is a time back from now, such as `3d`. */
export function isAgo(text: string): boolean {
  return /^\d+[a-z]+$/.test(text);
}

function dayAt(instant: number): Span {
  const from = Math.floor(instant / day) * day;
  return { from, until: from + day };
}

/** A year, a month or a day. */
function calendarSpan(text: string): Span | null {
  const match = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(text);
  if (match === null) return null;
  const [year, month, date] = match.slice(1).map((part) => (part === undefined ? null : Number(part)));
  if (year === undefined || year === null) return null;
  const from = Date.UTC(year, (month ?? 1) - 1, date ?? 1);
  const until =
    date != null ? from + day : month != null ? Date.UTC(year, month, 1) : Date.UTC(year + 1, 0, 1);
  const isReal = new Date(from).toISOString().startsWith(text);
  return isReal && year >= 1000 ? { from, until } : null;
}

/** A minute, a second or a millisecond, of UTC where no offset is given. */
function clockSpan(text: string): Span | null {
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?([Zz]|[+-]\d\d:\d\d)?$/.exec(
    text,
  );
  if (match === null) return null;
  const [, date = '', hours, minutes, seconds, parts, zone = 'Z'] = match;
  const midnight = calendarSpan(date);
  if (midnight === null || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59)
    return null;
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (offset !== null && (Number(offset[2]) > 23 || Number(offset[3]) > 59)) return null;
  const shift =
    offset === null
      ? 0
      : (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * hour + Number(offset[3]) * minute);
  const from =
    midnight.from +
    Number(hours) * hour +
    Number(minutes) * minute +
    Number(seconds ?? 0) * second +
    Math.round(Number(parts ?? 0) * 1_000) -
    shift;
  return { from, until: from + (parts !== undefined ? 1 : seconds !== undefined ? second : minute) };
}
