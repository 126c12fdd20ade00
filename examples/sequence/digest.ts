import { Refusal } from '../program/refusal.ts';
import { formatTable, parseNumber, parseTable } from '../program/tab-separated.ts';
import type { Enzyme } from './enzymes.ts';
import type { Molecule } from './location.ts';
import { surelyMatches } from './nucleotides.ts';

/** Where a site lies and where each strand is cut, in positions of the record; a cut is `546^547`. */
export interface CutSite {
  readonly start: number;
  readonly end: number;
  readonly cutForward: string;
  readonly cutReverse: string;
}

/** A piece of the forward strand; on a circular record it may run across the origin, its start above its end. */
export interface Fragment {
  readonly start: number;
  readonly end: number;
  readonly lengthBases: number;
}

export interface Digest {
  readonly enzyme: string;
  readonly notation: string;
  readonly sites: readonly CutSite[];
  readonly fragments: readonly Fragment[];
}

export function digest(molecule: Molecule, enzyme: Enzyme): Digest {
  const starts = findSites(molecule, enzyme.site);
  const { length } = molecule.bases;
  const position = (offset: number) => (offset % length) + 1;
  const cut = (offset: number) =>
    molecule.topology === 'linear'
      ? `${offset}^${offset + 1}`
      : `${position(offset + length - 1)}^${position(offset)}`;
  return {
    enzyme: enzyme.name,
    notation: enzyme.notation,
    sites: starts.map((start) => ({
      start: position(start),
      end: position(start + enzyme.site.length - 1),
      cutForward: cut(start + enzyme.cutOffset),
      cutReverse: cut(start + enzyme.site.length - enzyme.cutOffset),
    })),
    fragments: fragmentsBetween(
      starts.map((start) => start + enzyme.cutOffset),
      molecule,
    ),
  };
}

/** Offsets of all sites, overlapping ones too; on a circular record also of those across the origin. */
function findSites({ bases, topology }: Molecule, site: string): readonly number[] {
  const { length } = bases;
  if (length < site.length) return [];
  const last = topology === 'circular' ? length - 1 : length - site.length;
  const starts: number[] = [];
  for (let start = 0; start <= last; start += 1) {
    let at = 0;
    while (at < site.length && surelyMatches(site.charAt(at), bases.charAt((start + at) % length))) at += 1;
    if (at === site.length) starts.push(start);
  }
  return starts;
}

/** A cut offset is the number of bases before it. Uncut, either kind of molecule stays one piece. */
function fragmentsBetween(cuts: readonly number[], { bases, topology }: Molecule): readonly Fragment[] {
  const { length } = bases;
  const inner = cuts.map((cut) => cut % length).sort((a, b) => a - b);
  const [first] = inner;
  if (first === undefined) return [{ start: 1, end: length, lengthBases: length }];
  const edges = topology === 'circular' ? [...inner, first + length] : [0, ...inner, length];
  return edges.slice(1).flatMap((end, index) => {
    const start = edges[index] ?? 0;
    if (start === end) return [];
    return [{ start: (start % length) + 1, end: ((end - 1) % length) + 1, lengthBases: end - start }];
  });
}

const columns = ['kind', 'enzyme', 'site', 'start', 'end', 'length', 'cut_forward', 'cut_reverse'] as const;
const none = '.';

export function formatDigest({ enzyme, notation, sites, fragments }: Digest): string {
  return formatTable(columns, [
    ...sites.map(({ start, end, cutForward, cutReverse }) => {
      const siteLength = notation.length - 1;
      return ['site', enzyme, notation, start, end, siteLength, cutForward, cutReverse];
    }),
    ...fragments.map(({ start, end, lengthBases }) => {
      return ['fragment', enzyme, notation, start, end, lengthBases, none, none];
    }),
  ]);
}

export function parseDigest(text: string): Digest {
  const rows = parseTable(columns, text);
  const [first] = rows;
  if (first === undefined) throw new Refusal('the table is empty, expected at least one fragment');
  const sites: CutSite[] = [];
  const fragments: Fragment[] = [];
  for (const row of rows) {
    const range = { start: parseNumber(row.start), end: parseNumber(row.end) };
    if (row.kind === 'site') {
      sites.push({ ...range, cutForward: row.cut_forward, cutReverse: row.cut_reverse });
    } else if (row.kind === 'fragment') {
      fragments.push({ ...range, lengthBases: parseNumber(row.length) });
    } else {
      throw new Refusal(`a row is of kind "${row.kind}", expected "site" or "fragment"`);
    }
  }
  return { enzyme: first.enzyme, notation: first.site, sites, fragments };
}
