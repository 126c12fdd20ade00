/** `0.31 s`, `41 s`, `12 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const minute = 60_000;
  const hour = 60 * minute;
  if (ms < 10_000) return `${(Math.max(0, ms) / 1_000).toFixed(ms < 1_000 ? 2 : 1)} s`;
  if (ms < minute) return `${Math.round(ms / 1_000)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 48 * hour) return `${Math.floor(ms / hour)} h`;
  return `${Math.round(ms / (24 * hour))} days`;
}
