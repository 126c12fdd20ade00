import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  basesAt,
  formatLocation,
  type Location,
  lacksBeginning,
  type Molecule,
  parseLocation,
  spansOf,
} from '../../examples/sequence/location.ts';
import { reverseComplement } from '../../examples/sequence/nucleotides.ts';
import { anyBases, molecule, ordinary, plasmid } from './support/sequences.ts';

describe('nucleotides', () => {
  test('the reverse complement of the reverse complement is the sequence', () => {
    assert.equal(reverseComplement('AACGTN'), 'NACGTT');
    fc.assert(fc.property(anyBases, (bases) => reverseComplement(reverseComplement(bases)) === bases));
  });

  test('a letter and its complement mean complementary bases', () => {
    assert.equal(reverseComplement('ACGTRYSWKMBDHVN'), 'NBDHVKMWSRYACGT');
  });

  test('a letter that is no nucleotide code is refused', () => {
    assert.throws(() => reverseComplement('ACU'), RangeError);
  });
});

const anyBound = fc.record(
  {
    position: fc.integer({ min: 1, max: 10 }),
    mark: fc.constantFrom('' as const, '<' as const, '>' as const),
  },
  ordinary,
);
const anyLocation: fc.Arbitrary<Location> = fc.letrec<{ location: Location }>((tie) => ({
  location: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('range' as const), start: anyBound, end: anyBound }, ordinary),
    fc
      .record({ kind: fc.constant('between' as const), left: anyBound, right: anyBound })
      .map(({ kind, left, right }) => ({ kind, left: left.position, right: right.position })),
    fc.record({ kind: fc.constant('complement' as const), of: tie('location') }, ordinary),
    fc.record(
      {
        kind: fc.constantFrom('join' as const, 'order' as const),
        parts: fc.array(tie('location'), { minLength: 1, maxLength: 4 }),
      },
      ordinary,
    ),
  ),
})).location;

describe('locations', () => {
  test('what is written is read back, however it is nested', () => {
    fc.assert(
      fc.property(anyLocation, (location) => {
        assert.deepEqual(parseLocation(formatLocation(location)), location);
      }),
    );
  });

  test('what is read is written back', () => {
    for (const text of [
      '6525',
      '87..1109',
      '<111..209',
      '1367..>1669',
      '5933^5934',
      'complement(8091..>8357)',
      'order(1436..1459,1619..1621)',
      'join(complement(69611..69724),139856..140087,140625..140650)',
      'complement(join(<1..5,7,9..>10))',
    ]) {
      assert.equal(formatLocation(parseLocation(text)), text);
    }
  });

  test('a location broken over lines is read without its spaces', () => {
    assert.deepEqual(parseLocation('join(1..2,\n 4..5)'), parseLocation('join(1..2,4..5)'));
  });

  test('the complement of a location reads the other strand backwards', () => {
    assert.equal(basesAt(parseLocation('2..4'), plasmid), 'CGT');
    assert.equal(basesAt(parseLocation('complement(2..4)'), plasmid), 'ACG');
    fc.assert(
      fc.property(anyLocation, (location) => {
        const turned = basesAt({ kind: 'complement', of: location }, plasmid);
        assert.equal(turned, reverseComplement(basesAt(location, plasmid)));
      }),
    );
  });

  test('a join reads its parts in its own order, whatever their strands', () => {
    assert.equal(basesAt(parseLocation('join(5..6,1..2)'), plasmid), 'TGAC');
    assert.equal(basesAt(parseLocation('join(complement(5..6),1..2)'), plasmid), 'CAAC');
    assert.equal(
      basesAt(parseLocation('complement(join(1..2,5..6))'), plasmid),
      basesAt(parseLocation('join(complement(5..6),complement(1..2))'), plasmid),
    );
  });

  test('a range across the origin is the join of its two sides', () => {
    assert.equal(basesAt(parseLocation('9..2'), plasmid), 'ACAC');
    assert.equal(
      basesAt(parseLocation('9..2'), plasmid),
      basesAt(parseLocation('join(9..10,1..2)'), plasmid),
    );
    assert.deepEqual(spansOf(parseLocation('complement(9..2)'), plasmid), [
      { start: 1, end: 2, strand: '-' },
      { start: 9, end: 10, strand: '-' },
    ]);
  });

  test('a mark tells whether the beginning is missing, on either strand', () => {
    for (const [text, isMissing] of [
      ['<1..9', true],
      ['1..>9', false],
      ['complement(<1..9)', false],
      ['complement(1..>9)', true],
      ['join(<1..2,4..5)', true],
      ['join(1..2,4..>5)', false],
      ['complement(join(1..2,4..>5))', true],
    ] as const) {
      assert.equal(lacksBeginning(parseLocation(text)), isMissing, text);
    }
  });

  test('what the record cannot have is refused', () => {
    const refused = (text: string, where: Molecule, complaint: RegExp) =>
      assert.throws(() => basesAt(parseLocation(text), where), { name: 'Refusal', message: complaint });
    refused('9..11', plasmid, /9\.\.11 lies outside the record, whose positions are 1 to 10/);
    refused('15..3', plasmid, /outside the record/);
    refused('0..3', plasmid, /outside the record/);
    refused('9..2', molecule(plasmid.bases, 'linear'), /runs backwards/);
  });

  test('what is not a location is refused, and the place is named', () => {
    for (const text of [
      '',
      '1..',
      '1.5',
      'join()',
      'join(1..2',
      '1..2)',
      'J00194.1:1..2',
      'complement(1..2,3)',
      '<1^2',
    ]) {
      assert.throws(() => parseLocation(text), { name: 'Refusal', message: /is not understood at/ }, text);
    }
  });
});
