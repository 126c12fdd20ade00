/** A time as the wire has it: RFC 3339, UTC, milliseconds. */
export function timeText(instant: number): string {
  return new Date(instant).toISOString();
}

export function timeTextOrNull(instant: number | null): string | null {
  return instant === null ? null : timeText(instant);
}
