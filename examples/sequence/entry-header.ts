import { Refusal } from '../program/refusal.ts';

/** The header of a FASTA entry as NCBI writes it: `YP_pPCP01 [product=putative transposase] [location=87..1109]`. */
export interface EntryHeader {
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Brackets in a value, as in "[acyl-carrier-protein] synthase", are written `%5B` and `%5D`. */
export function formatEntryHeader({ id, tags }: EntryHeader): string {
  return [id, ...Array.from(tags, ([name, value]) => `[${name}=${escaped(value)}]`)].join(' ');
}

export function parseEntryHeader(header: string): EntryHeader {
  const found = /^(\S+)(.*)$/.exec(header);
  if (found === null) throw new Refusal('an entry has no name; expected ">NAME" as its first line');
  const [, id = '', rest = ''] = found;
  const tags = new Map<string, string>();
  for (const [, name = '', value = ''] of rest.matchAll(/\[(\w+)=([^\]]*)\]/g)) {
    tags.set(name, unescaped(value));
  }
  return { id, tags };
}

function escaped(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('[', '%5B').replaceAll(']', '%5D');
}

function unescaped(value: string): string {
  return value.replaceAll('%5D', ']').replaceAll('%5B', '[').replaceAll('%25', '%');
}
