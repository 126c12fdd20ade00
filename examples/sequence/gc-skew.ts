import type { Molecule } from './location.ts';
import { roundNumber } from './round-number.ts';

export interface SkewPoint {
  /** The middle of the window. */
  readonly position: number;
  /** (G - C) / (G + C), from -1 to 1; 0 where the window has neither. */
  readonly skew: number;
}

export interface GcSkew {
  readonly windowBases: number;
  readonly stepBases: number;
  readonly points: readonly SkewPoint[];
}

/** Skew in windows of about a twentieth of the record; on a circular record they run across the origin. */
export function gcSkew(molecule: Molecule): GcSkew {
  const { length } = molecule.bases;
  const windowBases = Math.max(1, Math.min(length, roundNumber(length / 20)));
  const stepBases = Math.max(1, Math.round(windowBases / 10));
  const half = Math.floor(windowBases / 2);
  const excess = runningSum(molecule.bases, { G: 1, C: -1 });
  const content = runningSum(molecule.bases, { G: 1, C: 1 });
  const lastStart = molecule.topology === 'circular' ? length - 1 : length - windowBases;
  const points: SkewPoint[] = [];
  for (let start = 0; start <= lastStart; start += stepBases) {
    const gc = sumOfWindow(content, start, windowBases);
    const skew = gc === 0 ? 0 : sumOfWindow(excess, start, windowBases) / gc;
    points.push({ position: ((start + half) % length) + 1, skew });
  }
  return { windowBases, stepBases, points: points.sort((a, b) => a.position - b.position) };
}

/** Element n is the sum over the first n bases, so that a window costs two look-ups. */
function runningSum(bases: string, weights: Readonly<Record<string, number>>): Int32Array {
  const sums = new Int32Array(bases.length + 1);
  for (let at = 0; at < bases.length; at += 1) {
    sums[at + 1] = (sums[at] ?? 0) + (weights[bases.charAt(at)] ?? 0);
  }
  return sums;
}

function sumOfWindow(sums: Int32Array, start: number, windowBases: number): number {
  const length = sums.length - 1;
  const upTo = (end: number) => (sums[end] ?? 0) - (sums[start] ?? 0);
  const end = start + windowBases;
  return end <= length ? upTo(end) : upTo(length) + (sums[end - length] ?? 0);
}
