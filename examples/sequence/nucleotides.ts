/** IUPAC nucleotide codes: each letter with the bases it may stand for. */
const meanings = {
  A: 'A',
  C: 'C',
  G: 'G',
  T: 'T',
  R: 'AG',
  Y: 'CT',
  S: 'CG',
  W: 'AT',
  K: 'GT',
  M: 'AC',
  B: 'CGT',
  D: 'AGT',
  H: 'ACT',
  V: 'ACG',
  N: 'ACGT',
} as const satisfies Readonly<Record<string, string>>;

type Letter = keyof typeof meanings;

const complements: Readonly<Record<Letter, Letter>> = {
  A: 'T',
  C: 'G',
  G: 'C',
  T: 'A',
  R: 'Y',
  Y: 'R',
  S: 'S',
  W: 'W',
  K: 'M',
  M: 'K',
  B: 'V',
  D: 'H',
  H: 'D',
  V: 'B',
  N: 'N',
};

export const nucleotideLetters = Object.keys(meanings).join('');

function isLetter(letter: string): letter is Letter {
  return Object.hasOwn(meanings, letter);
}

/** The first letter that is no nucleotide code, or undefined if all are. */
export function strangeLetter(bases: string): string | undefined {
  for (const letter of bases) if (!isLetter(letter)) return letter;
  return undefined;
}

export function basesMeant(letter: string): string {
  if (!isLetter(letter)) throw new RangeError(`no nucleotide code: ${letter}`);
  return meanings[letter];
}

export function reverseComplement(bases: string): string {
  let result = '';
  for (let at = bases.length - 1; at >= 0; at -= 1) {
    const letter = bases.charAt(at);
    if (!isLetter(letter)) throw new RangeError(`no nucleotide code: ${letter}`);
    result += complements[letter];
  }
  return result;
}

/** Whether a base of a sequence is surely one that the pattern's letter allows: N in a sequence matches only N. */
export function surelyMatches(patternLetter: string, baseLetter: string): boolean {
  const allowed = basesMeant(patternLetter);
  for (const base of basesMeant(baseLetter)) if (!allowed.includes(base)) return false;
  return true;
}
