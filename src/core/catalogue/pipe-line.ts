/** A line of the named pipe by which banks were taken off for update: `disable NAME`, `enable NAME`. */
export interface PipeWish {
  readonly act: 'disable' | 'enable';
  readonly name: string;
}

/** Null for what is not such a line. */
export function parsePipeLine(line: string): PipeWish | null {
  const [, act, name] = /^\s*(disable|enable)\s+([A-Za-z0-9][A-Za-z0-9._+-]{0,99})\s*$/.exec(line) ?? [];
  return (act === 'disable' || act === 'enable') && name !== undefined ? { act, name } : null;
}
