import { Refusal } from '../program/refusal.ts';

export interface FastaEntry {
  /** The whole line after `>`. */
  readonly header: string;
  readonly sequence: string;
}

const lineLength = 60;

export function formatFasta(entries: readonly FastaEntry[]): string {
  return entries
    .map(({ header, sequence }) => {
      const lines = sequence.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
      return [`>${header}`, ...lines].map((line) => `${line}\n`).join('');
    })
    .join('');
}

export function parseFasta(text: string): readonly FastaEntry[] {
  const [before = '', ...chunks] = `\n${text}`.split('\n>');
  if (before.trim() !== '' || chunks.length === 0) {
    throw new Refusal('the first line does not begin with ">"; expected sequences in FASTA format');
  }
  return chunks.map((chunk) => {
    const [header = '', ...lines] = chunk.split('\n');
    return { header: header.trim(), sequence: lines.join('').replaceAll(/\s/g, '').toUpperCase() };
  });
}
