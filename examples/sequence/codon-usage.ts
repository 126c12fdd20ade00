import { formatTable, parseNumber, parseTable } from '../program/tab-separated.ts';
import { codonTable } from './genetic-code.ts';

export interface CodonUsage {
  readonly codon: string;
  readonly aminoAcid: string;
  readonly count: number;
  readonly perThousand: number;
  /** The share among the codons of the same amino acid; undefined if that amino acid never occurs. */
  readonly fraction: number | undefined;
}

/** The use of all 64 codons; a codon with an ambiguous base is none of them and counts nowhere. */
export function countCodons(codons: readonly string[]): readonly CodonUsage[] {
  const counts = new Map<string, number>();
  const totals = new Map<string, number>();
  let total = 0;
  for (const codon of codons) {
    const aminoAcid = codonTable.get(codon);
    if (aminoAcid === undefined) continue;
    counts.set(codon, (counts.get(codon) ?? 0) + 1);
    totals.set(aminoAcid, (totals.get(aminoAcid) ?? 0) + 1);
    total += 1;
  }
  return Array.from(codonTable, ([codon, aminoAcid]) => {
    const count = counts.get(codon) ?? 0;
    const synonymous = totals.get(aminoAcid);
    return {
      codon,
      aminoAcid,
      count,
      perThousand: total === 0 ? 0 : (1000 * count) / total,
      fraction: synonymous === undefined ? undefined : count / synonymous,
    };
  });
}

const columns = ['codon', 'amino_acid', 'count', 'per_thousand', 'fraction'] as const;
const absent = 'NA';

export function formatCodonUsage(usage: readonly CodonUsage[]): string {
  return formatTable(
    columns,
    usage.map(({ codon, aminoAcid, count, perThousand, fraction }) => [
      codon,
      aminoAcid,
      count,
      perThousand.toFixed(2),
      fraction?.toFixed(3) ?? absent,
    ]),
  );
}

export function parseCodonUsage(text: string): readonly CodonUsage[] {
  return parseTable(columns, text).map((row) => ({
    codon: row.codon,
    aminoAcid: row.amino_acid,
    count: parseNumber(row.count),
    perThousand: parseNumber(row.per_thousand),
    fraction: row.fraction === absent ? undefined : parseNumber(row.fraction),
  }));
}
