import { Refusal } from '../program/refusal.ts';

/**
 * Common restriction enzymes in REBASE's notation: the recognition site, and `^` where the strand is cut.
 * All sites here read the same on both strands, so one cut tells the other.
 */
const sites = {
  AluI: 'AG^CT',
  ApaI: 'GGGCC^C',
  AvaI: 'C^YCGRG',
  BamHI: 'G^GATCC',
  BglII: 'A^GATCT',
  ClaI: 'AT^CGAT',
  DpnII: '^GATC',
  EcoRI: 'G^AATTC',
  EcoRV: 'GAT^ATC',
  HaeIII: 'GG^CC',
  HhaI: 'GCG^C',
  HincII: 'GTY^RAC',
  HindIII: 'A^AGCTT',
  HinfI: 'G^ANTC',
  HpaI: 'GTT^AAC',
  HpaII: 'C^CGG',
  KpnI: 'GGTAC^C',
  MluI: 'A^CGCGT',
  NcoI: 'C^CATGG',
  NdeI: 'CA^TATG',
  NheI: 'G^CTAGC',
  NotI: 'GC^GGCCGC',
  PstI: 'CTGCA^G',
  PvuI: 'CGAT^CG',
  PvuII: 'CAG^CTG',
  RsaI: 'GT^AC',
  SacI: 'GAGCT^C',
  SalI: 'G^TCGAC',
  ScaI: 'AGT^ACT',
  SmaI: 'CCC^GGG',
  SpeI: 'A^CTAGT',
  SphI: 'GCATG^C',
  TaqI: 'T^CGA',
  XbaI: 'T^CTAGA',
  XhoI: 'C^TCGAG',
} as const satisfies Readonly<Record<string, string>>;

export interface Enzyme {
  readonly name: string;
  /** The site with its cut, `G^AATTC`. */
  readonly notation: string;
  readonly site: string;
  /** How many bases of the site lie before the cut of the strand that is read. */
  readonly cutOffset: number;
}

export const enzymes: readonly Enzyme[] = Object.entries(sites).map(([name, notation]) => ({
  name,
  notation,
  site: notation.replace('^', ''),
  cutOffset: notation.indexOf('^'),
}));

export function enzymeNamed(name: string): Enzyme {
  const found = enzymes.find((enzyme) => enzyme.name === name);
  if (found === undefined) throw new Refusal(`unknown enzyme "${name}" (${advice(name)})`);
  return found;
}

function advice(name: string): string {
  const close = namesLike(name);
  return close.length > 0
    ? `did-you-mean: ${close.join(', ')}`
    : `known: ${enzymes.map((enzyme) => enzyme.name).join(', ')}`;
}

/** An enzyme's number is Roman, but EcoR1 and ecor1 are how it is often typed: those spell one name exactly. */
function namesLike(name: string): readonly string[] {
  const spelled = spelling(name);
  const ranked = enzymes.map((enzyme) => ({
    name: enzyme.name,
    distance: editDistance(spelled, spelling(enzyme.name)),
  }));
  const nearest = Math.min(...ranked.map(({ distance }) => distance));
  const tolerated = spelled.length < 4 ? 1 : 2;
  return nearest > tolerated
    ? []
    : ranked.filter((each) => each.distance === nearest).map((each) => each.name);
}

const romanNumbers: Readonly<Record<string, string>> = { 1: 'i', 2: 'ii', 3: 'iii', 4: 'iv', 5: 'v' };

function spelling(name: string): string {
  return name.toLowerCase().replace(/[1-5]$/, (digit) => romanNumbers[digit] ?? digit);
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let at = 0; at < left.length; at += 1) {
    const next = [at + 1];
    for (let to = 0; to < right.length; to += 1) {
      const replaced = (row[to] ?? 0) + (left[at] === right[to] ? 0 : 1);
      next.push(Math.min(replaced, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
