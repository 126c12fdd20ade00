import { Refusal } from '../program/refusal.ts';
import { type Location, type Molecule, parseLocation } from './location.ts';
import { strangeLetter } from './nucleotides.ts';

export interface GenBankRecord extends Molecule {
  readonly version: string;
  readonly definition: string;
  readonly features: readonly Feature[];
}

export interface Feature {
  readonly key: string;
  readonly location: Location;
  /** A qualifier may stand several times; one without a value, such as /pseudo, has the value ''. */
  readonly qualifiers: ReadonlyMap<string, readonly string[]>;
}

/** Parses a GenBank flat file that holds one record with its sequence. */
export function parseGenBank(text: string): GenBankRecord {
  const lines = text.split(/\r?\n/);
  const end = lines.indexOf('//');
  const [locus = ''] = lines;
  if (!locus.startsWith('LOCUS ')) {
    throw new Refusal('the first line is no LOCUS line; expected a GenBank record');
  }
  if (end === -1) throw new Refusal('the record has no closing "//"; is the file cut short?');
  if (lines.slice(end + 1).some((line) => line.trim() !== '')) {
    throw new Refusal('more than one record found, expected one; split the file');
  }
  const sections = splitSections(lines.slice(0, end));
  const bases = parseBases(sections.get('ORIGIN') ?? []);
  checkLength(locus, bases);
  return {
    version: sectionText(sections, 'VERSION').split(/\s/)[0] ?? '',
    definition: sectionText(sections, 'DEFINITION').replace(/\.$/, ''),
    topology: /\scircular\s/.test(locus) ? 'circular' : 'linear',
    features: parseFeatures(sections.get('FEATURES') ?? []),
    bases,
  };
}

/** A section is a keyword in column 1 and all lines up to the next one. */
function splitSections(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    const keyword = /^[A-Z]+/.exec(line)?.[0];
    if (keyword !== undefined) {
      current = [];
      sections.set(keyword, current);
    }
    current.push(line);
  }
  return sections;
}

function sectionText(sections: ReadonlyMap<string, readonly string[]>, keyword: string): string {
  const lines = sections.get(keyword) ?? [];
  return lines.map((line) => line.slice(12).trim()).join(' ');
}

function parseBases([, ...lines]: readonly string[]): string {
  const bases = lines
    .join('')
    .replaceAll(/[\s\d]/g, '')
    .toUpperCase();
  if (bases === '') {
    throw new Refusal('the record has no sequence; fetch it again with its sequence (GenBank, full)');
  }
  const strange = strangeLetter(bases);
  if (strange !== undefined)
    throw new Refusal(`"${strange}" found in the sequence, expected nucleotide codes`);
  return bases;
}

function checkLength(locus: string, bases: string): void {
  const stated = /\s(\d+) bp\s/.exec(locus)?.[1];
  if (Number(stated) !== bases.length) {
    throw new Refusal(
      `the sequence has ${bases.length} bases, but the LOCUS line says ${stated ?? 'nothing of them'}`,
    );
  }
}

const keyColumn = 5;
const textColumn = 21;

function parseFeatures([, ...lines]: readonly string[]): readonly Feature[] {
  const blocks: { key: string; lines: string[] }[] = [];
  for (const line of lines) {
    const key = line.slice(keyColumn, textColumn).trim();
    if (key !== '') blocks.push({ key, lines: [] });
    blocks.at(-1)?.lines.push(line.slice(textColumn).trim());
  }
  return blocks.map((block) => parseFeature(block.key, block.lines));
}

function parseFeature(key: string, lines: readonly string[]): Feature {
  const firstQualifier = lines.findIndex((line) => line.startsWith('/'));
  const split = firstQualifier === -1 ? lines.length : firstQualifier;
  const qualifiers = new Map<string, string[]>();
  for (const { name, value } of parseQualifiers(lines.slice(split))) {
    qualifiers.set(name, [...(qualifiers.get(name) ?? []), value]);
  }
  return { key, location: parseLocation(lines.slice(0, split).join('')), qualifiers };
}

interface Qualifier {
  readonly name: string;
  readonly value: string;
}

function parseQualifiers(lines: readonly string[]): readonly Qualifier[] {
  const groups: string[][] = [];
  let quoteIsOpen = false;
  for (const line of lines) {
    // Inside quotation marks a line may begin with "/" and still be text.
    if (line.startsWith('/') && !quoteIsOpen) groups.push([]);
    groups.at(-1)?.push(line);
    if ((line.split('"').length - 1) % 2 === 1) quoteIsOpen = !quoteIsOpen;
  }
  if (quoteIsOpen) throw new Refusal(`the qualifier "${groups.at(-1)?.[0]}" has no closing quotation mark`);
  return groups.map(parseQualifier);
}

function parseQualifier(lines: readonly string[]): Qualifier {
  const name = /^\/([^=]+)/.exec(lines[0] ?? '')?.[1] ?? '';
  const text = lines.join(name === 'translation' ? '' : ' ').slice(name.length + 2);
  const value = text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  return { name, value };
}
