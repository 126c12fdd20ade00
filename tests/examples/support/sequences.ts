import fc from 'fast-check';
import type { Molecule } from '../../../examples/sequence/location.ts';
import { nucleotideLetters } from '../../../examples/sequence/nucleotides.ts';

// Parsers give ordinary objects; fast-check's own have no prototype unless told.
export const ordinary = { noNullPrototype: true };
export const basesOf = (letters: string, length: { minLength?: number; maxLength?: number }) =>
  fc.string({ unit: fc.constantFrom(...letters), ...length });
export const anyBases = basesOf(nucleotideLetters, { maxLength: 60 });

export const molecule = (bases: string, topology: Molecule['topology'] = 'circular'): Molecule => ({
  bases,
  topology,
});
export const plasmid = molecule('ACGTTGCAAC');
