import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DataPaths } from '../../daemon/data-paths.ts';
import { shortPath } from '../../recorder/paths.ts';
import { isUntold } from '../../recorder/report.ts';
import { Spool } from '../../recorder/spool.ts';
import { counted } from '../text.ts';
import { amiss, type Finding } from './check.ts';

/** Recorded runs that the server of the data folder refused, or could not read; where there are none, nothing is said. */
export function checkKeptRuns({ runs }: DataPaths): readonly Finding[] {
  if (!existsSync(runs)) return [];
  const spool = new Spool(runs);
  return [...refusedRuns(spool), ...unreadableRuns(spool)];
}

function refusedRuns(spool: Spool): readonly Finding[] {
  const reasons = spool.keys().flatMap((key) => {
    const told = spool.told(key);
    return told !== null && isUntold(told) ? [told.why] : [];
  });
  if (reasons.length === 0) return [];
  const many = `${counted(reasons.length, 'run')} in ${shortPath(spool.folder)} not on record`;
  return [
    amiss(
      'Runs',
      `${many}: ${[...new Set(reasons)].slice(0, 3).join(' ')}`,
      'Put that right: they are told again within the hour, and at once when projects change or the server starts anew.',
    ),
  ];
}

function unreadableRuns(spool: Spool): readonly Finding[] {
  const files = spool.unreadable();
  const [first] = files;
  if (first === undefined) return [];
  return [
    amiss(
      'Runs',
      `${counted(files.length, 'part')} of runs could not be read: ${files.slice(0, 3).map(shortPath).join(', ')}`,
      `They are damaged, or of another version, and are not told again: look at them, then remove ${shortPath(dirname(first))}.`,
    ),
  ];
}
