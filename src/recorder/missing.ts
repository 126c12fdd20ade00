/** Codes by which the system says that a name leads to nothing that we may look at. */
const codes: readonly unknown[] = [
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
  'EISDIR',
  'ESTALE',
];

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code);
}
