import { Refusal } from '../program/refusal.ts';
import type { GcSkew, SkewPoint } from './gc-skew.ts';
import type { GenBankRecord } from './genbank.ts';

/** What `composition.json` says of a record. */
export interface Composition {
  readonly record: string;
  readonly definition: string;
  readonly topology: 'circular' | 'linear';
  readonly lengthBases: number;
  readonly bases: Readonly<Record<'A' | 'C' | 'G' | 'T' | 'ambiguous', number>>;
  readonly gcPercent: number;
  readonly gcSkew: {
    readonly windowBases: number;
    readonly stepBases: number;
    readonly lowest: SkewPoint;
    readonly highest: SkewPoint;
  };
}

export function compositionOf(record: GenBankRecord, { points, ...window }: GcSkew): Composition {
  const bases = { A: 0, C: 0, G: 0, T: 0, ambiguous: 0 };
  for (const base of record.bases) {
    if (base === 'A' || base === 'C' || base === 'G' || base === 'T') bases[base] += 1;
    else bases.ambiguous += 1;
  }
  const strong = bases.G + bases.C;
  const certain = strong + bases.A + bases.T;
  if (certain === 0) throw new Refusal('the sequence has ambiguous bases only; expected A, C, G and T');
  const bySkew = points.toSorted((a, b) => a.skew - b.skew);
  return {
    record: record.version,
    definition: record.definition,
    topology: record.topology,
    lengthBases: record.bases.length,
    bases,
    gcPercent: (100 * strong) / certain,
    gcSkew: { ...window, lowest: extreme(bySkew.at(0)), highest: extreme(bySkew.at(-1)) },
  };
}

function extreme(point: SkewPoint | undefined): SkewPoint {
  if (point === undefined) throw new RangeError('a skew without windows');
  return { position: point.position, skew: Number(point.skew.toFixed(4)) };
}

export function formatComposition(composition: Composition): string {
  return `${JSON.stringify(composition, null, 2)}\n`;
}

export function parseComposition(text: string): Composition {
  const root = fields(parseJson(text), 'the file');
  const bases = fields(root.bases, 'bases');
  const gcSkew = fields(root.gcSkew, 'gcSkew');
  const topology = string(root, 'topology');
  if (topology !== 'circular' && topology !== 'linear') {
    throw new Refusal(`topology is "${topology}", expected "circular" or "linear"`);
  }
  return {
    record: string(root, 'record'),
    definition: string(root, 'definition'),
    topology,
    lengthBases: number(root, 'lengthBases'),
    bases: {
      A: number(bases, 'A'),
      C: number(bases, 'C'),
      G: number(bases, 'G'),
      T: number(bases, 'T'),
      ambiguous: number(bases, 'ambiguous'),
    },
    gcPercent: number(root, 'gcPercent'),
    gcSkew: {
      windowBases: number(gcSkew, 'windowBases'),
      stepBases: number(gcSkew, 'stepBases'),
      lowest: point(gcSkew, 'lowest'),
      highest: point(gcSkew, 'highest'),
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal('this is no JSON; expected what composition writes', { cause });
  }
}

function fields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null) throw new Refusal(`${name} is no JSON object`);
  return { ...value };
}

function string(parent: Fields, name: string): string {
  const value = parent[name];
  if (typeof value !== 'string') throw new Refusal(`${name} is missing or no text`);
  return value;
}

function number(parent: Fields, name: string): number {
  const value = parent[name];
  if (typeof value !== 'number') throw new Refusal(`${name} is missing or no number`);
  return value;
}

function point(parent: Fields, name: string): SkewPoint {
  const inside = fields(parent[name], name);
  return { position: number(inside, 'position'), skew: number(inside, 'skew') };
}
