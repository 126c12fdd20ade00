/** `3.45 MB` */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  // As it will be read: what is rounded to 1,000 kB is 1 MB.
  const rounded = Number(bytes.toPrecision(3));
  const power = Math.min(Math.floor(Math.log10(rounded) / 3), units.length);
  return `${(rounded / 1_000 ** power).toPrecision(3)} ${units[power - 1] ?? 'kB'}`;
}
