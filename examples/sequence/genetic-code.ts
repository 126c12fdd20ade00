import { basesMeant } from './nucleotides.ts';

/**
 * NCBI genetic code 11, "Bacterial, Archaeal and Plant Plastid", in NCBI's own notation:
 * column n of the five lines is one codon, its amino acid, and M where it may start a protein.
 */
const notation = {
  aminoAcids: 'FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG',
  starts: '---M------**--*----M------------MMMM---------------M------------',
  base1: 'TTTTTTTTTTTTTTTTCCCCCCCCCCCCCCCCAAAAAAAAAAAAAAAAGGGGGGGGGGGGGGGG',
  base2: 'TTTTCCCCAAAAGGGGTTTTCCCCAAAAGGGGTTTTCCCCAAAAGGGGTTTTCCCCAAAAGGGG',
  base3: 'TCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAGTCAG',
};

export const geneticCodeNumber = 11;
export const stop = '*';
export const unknownAminoAcid = 'X';

const aminoAcids = new Map<string, string>();
const startCodons = new Set<string>();
for (let at = 0; at < notation.aminoAcids.length; at += 1) {
  const codon = notation.base1.charAt(at) + notation.base2.charAt(at) + notation.base3.charAt(at);
  aminoAcids.set(codon, notation.aminoAcids.charAt(at));
  if (notation.starts.charAt(at) === 'M') startCodons.add(codon);
}

/** The 64 codons in NCBI's order, each with its amino acid or `*`. */
export const codonTable: ReadonlyMap<string, string> = aminoAcids;

/** An ambiguous codon is read only if all its meanings agree: GCN is alanine, NNN is X. */
export function aminoAcidOf(codon: string): string {
  const plain = aminoAcids.get(codon);
  if (plain !== undefined) return plain;
  const meant = new Set(codonsMeant(codon).map((each) => aminoAcids.get(each)));
  const [only = unknownAminoAcid] = meant;
  return meant.size === 1 ? only : unknownAminoAcid;
}

/** Whether a protein may start here; at its start such a codon is read as methionine, whatever it codes elsewhere. */
export function isStartCodon(codon: string): boolean {
  return codonsMeant(codon).every((each) => startCodons.has(each));
}

function codonsMeant(codon: string): readonly string[] {
  let prefixes = [''];
  for (const letter of codon) {
    prefixes = prefixes.flatMap((prefix) => Array.from(basesMeant(letter), (base) => prefix + base));
  }
  return prefixes;
}
