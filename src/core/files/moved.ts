/**
 * Directories that have moved. What was recorded before that names their old paths; asked for again, it means those of
 * now: the working folder and the files of a job, and whole paths in its command and its environment.
 */
import { mapPlaced, type Placed } from './aliases.ts';
import { pathBelow } from './paths.ts';

export interface Move {
  readonly from: string;
  /** Where it is now, whatever it went through. */
  readonly to: string;
  readonly until: number;
}

export function asMoved<T extends Placed>(request: T, moves: readonly Move[], recordedAt: number): T {
  const paths = pathsSince(moves, recordedAt);
  if (paths.size === 0) return request;
  const inner = [...paths.keys()].sort((one, other) => other.length - one.length);
  const path = (old: string): string => {
    const from = inner.find((it) => old === it || old.startsWith(`${it}/`));
    const to = from === undefined ? undefined : paths.get(from);
    return from === undefined || to === undefined ? old : pathBelow(to, old.slice(from.length + 1));
  };
  const any = inner.map((it) => it.replace(/[$()*+./?[\\\]^{|}]/g, '\\$&')).join('|');
  const whole = new RegExp(String.raw`(?<![\p{L}\p{N}_.~/-])(?:${any})(?![\p{L}\p{N}_.-])`, 'gu');
  return mapPlaced(request, (word) => word.replace(whole, (old) => paths.get(old) ?? old), path);
}

/** Of several directories that were at one path, the first that left it since. */
function pathsSince(moves: readonly Move[], recordedAt: number): ReadonlyMap<string, string> {
  const since = moves
    .filter(({ from, until }) => until >= recordedAt && from !== '/')
    .toSorted((one, other) => other.until - one.until);
  return new Map(since.map(({ from, to }) => [from, to] as const).filter(([from, to]) => from !== to));
}
