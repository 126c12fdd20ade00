import { Refusal } from '../program/refusal.ts';
import { type EntryHeader, formatEntryHeader, parseEntryHeader } from './entry-header.ts';
import type { FastaEntry } from './fasta.ts';
import type { Feature, GenBankRecord } from './genbank.ts';
import { aminoAcidOf, geneticCodeNumber, isStartCodon, stop } from './genetic-code.ts';
import { basesAt, formatLocation, lacksBeginning, parseLocation } from './location.ts';
import { strangeLetter } from './nucleotides.ts';

/** The nucleotides of one protein's gene in the direction of reading, and what is needed to read them. */
export interface CodingSequence {
  readonly header: EntryHeader;
  readonly bases: string;
  /** Where the first whole codon begins: 1, 2 or 3. */
  readonly frame: number;
  /** False if the gene begins before the record does; its first codon is then an ordinary one. */
  readonly hasBeginning: boolean;
}

/** All CDS features of a record as FASTA entries whose headers say all that translation needs. */
export function codingSequencesOf(record: GenBankRecord): readonly FastaEntry[] {
  return record.features
    .filter(({ key }) => key === 'CDS')
    .map((feature, index) => {
      const id = nameOf(feature) ?? `cds_${index + 1}`;
      if (formatLocation(feature.location).includes('order(')) {
        throw new Refusal(`${id} is located by order(), which does not say that its parts are joined`);
      }
      return {
        header: formatEntryHeader({ id, tags: tagsOf(feature) }),
        sequence: basesAt(feature.location, record),
      };
    });
}

function nameOf({ qualifiers }: Feature): string | undefined {
  const name = qualifiers.get('locus_tag') ?? qualifiers.get('gene') ?? qualifiers.get('protein_id');
  return name?.[0]?.replaceAll(/\s/g, '_');
}

function tagsOf({ qualifiers, location }: Feature): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const name of ['gene', 'product', 'protein_id', 'transl_except', 'exception']) {
    const values = qualifiers.get(name);
    if (values !== undefined) tags.set(name, values.join('; '));
  }
  const frame = qualifiers.get('codon_start')?.[0] ?? '1';
  if (frame !== '1') tags.set('frame', frame);
  // Where a record is silent, the feature table means code 1.
  tags.set('transl_table', qualifiers.get('transl_table')?.[0] ?? '1');
  return tags.set('location', formatLocation(location));
}

/** A FASTA entry as a coding sequence; without tags it is taken as complete, in frame, and of genetic code 11. */
export function parseCodingSequence(entry: FastaEntry): CodingSequence {
  const header = parseEntryHeader(entry.header);
  const { id, tags } = header;
  const strange = strangeLetter(entry.sequence);
  if (strange !== undefined) throw new Refusal(`"${strange}" found in ${id}, expected nucleotide codes`);
  const frame = tags.get('frame') ?? '1';
  if (!/^[123]$/.test(frame)) throw new Refusal(`${id} has frame ${frame}, expected 1, 2 or 3`);
  const location = tags.get('location');
  return {
    header,
    bases: entry.sequence,
    frame: Number(frame),
    hasBeginning: location === undefined || !lacksBeginning(parseLocation(location)),
  };
}

/** The whole codons, without the one or two bases that may be left over at either end. */
export function codonsOf({ bases, frame }: CodingSequence): readonly string[] {
  return bases.slice(frame - 1).match(/.{3}/g) ?? [];
}

/** The protein without its stop; a stop inside is kept as `*`. */
export function translate(cds: CodingSequence): string {
  refuseOtherRules(cds.header);
  const codons = codonsOf(cds);
  const protein = codons.map(aminoAcidOf);
  if (cds.hasBeginning && codons[0] !== undefined && isStartCodon(codons[0])) protein[0] = 'M';
  if (protein.at(-1) === stop) protein.pop();
  return protein.join('');
}

function refuseOtherRules({ id, tags }: EntryHeader): void {
  const code = tags.get('transl_table') ?? String(geneticCodeNumber);
  if (code !== String(geneticCodeNumber)) {
    throw new Refusal(
      `${id} is marked with genetic code ${code}, expected ${geneticCodeNumber}; leave it out`,
    );
  }
  for (const rule of ['transl_except', 'exception']) {
    const value = tags.get(rule);
    if (value !== undefined) {
      throw new Refusal(`${id} has an exception to the genetic code (${value}); leave it out`);
    }
  }
}
