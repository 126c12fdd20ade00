import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../../examples/program/refusal.ts';
import { digest, formatDigest, parseDigest } from '../../examples/sequence/digest.ts';
import { enzymeNamed, enzymes } from '../../examples/sequence/enzymes.ts';
import { reverseComplement } from '../../examples/sequence/nucleotides.ts';
import { basesOf, molecule, ordinary } from './support/sequences.ts';

describe('restriction', () => {
  const anyEnzyme = fc.constantFrom(...enzymes);
  const anyMolecule = fc.record(
    {
      bases: basesOf('ACGT', { minLength: 1, maxLength: 300 }),
      topology: fc.constantFrom('circular' as const, 'linear' as const),
    },
    ordinary,
  );

  test('every site of the table reads the same on both strands and has one cut', () => {
    assert.ok(enzymes.length >= 24);
    for (const { name, site, notation, cutOffset } of enzymes) {
      assert.equal(reverseComplement(site), site, name);
      assert.equal(notation.split('^').length, 2, name);
      assert.ok(cutOffset >= 0 && cutOffset <= site.length, name);
    }
  });

  test('the fragments of any digest add up to the molecule', () => {
    fc.assert(
      fc.property(anyMolecule, anyEnzyme, (dna, enzyme) => {
        const { fragments } = digest(dna, enzyme);
        assert.equal(
          fragments.reduce((sum, { lengthBases }) => sum + lengthBases, 0),
          dna.bases.length,
        );
      }),
    );
  });

  test('turning a circle leaves its sites and fragments as they were', () => {
    const lengths = (bases: string) =>
      digest(molecule(bases), enzymeNamed('AluI'))
        .fragments.map(({ lengthBases }) => lengthBases)
        .sort((a, b) => a - b);
    const ofPieces = fc
      .array(fc.constantFrom('AGCT', 'AG', 'CT', 'A', 'GG', 'TC'), { minLength: 2, maxLength: 30 })
      .map((pieces) => pieces.join(''))
      .filter((bases) => bases.length >= 4);
    fc.assert(
      fc.property(ofPieces, fc.nat(), (bases, turn) => {
        const at = turn % bases.length;
        assert.deepEqual(lengths(bases.slice(at) + bases.slice(0, at)), lengths(bases));
      }),
    );
  });

  test('a site across the origin counts on a circle and not on a line', () => {
    const bases = 'TTCAAAAAAAGAA';
    const circle = digest(molecule(bases, 'circular'), enzymeNamed('EcoRI'));
    assert.deepEqual(circle.sites, [{ start: 11, end: 3, cutForward: '11^12', cutReverse: '2^3' }]);
    assert.deepEqual(circle.fragments, [{ start: 12, end: 11, lengthBases: 13 }]);
    const line = digest(molecule(bases, 'linear'), enzymeNamed('EcoRI'));
    assert.deepEqual(line.sites, []);
    assert.deepEqual(line.fragments, [{ start: 1, end: 13, lengthBases: 13 }]);
  });

  test('a cut may fall on the origin itself', () => {
    const { sites } = digest(molecule('ATCAAAG'), enzymeNamed('DpnII'));
    assert.deepEqual(sites, [{ start: 7, end: 3, cutForward: '6^7', cutReverse: '3^4' }]);
    const [cut] = digest(molecule('AATTCAAAG'), enzymeNamed('EcoRI')).sites;
    assert.equal(cut?.cutForward, '9^1');
  });

  test('the strand that is read and the other are cut apart as the enzyme does', () => {
    const cuts = (enzyme: string, bases: string) =>
      digest(molecule(bases, 'linear'), enzymeNamed(enzyme)).sites.map(({ cutForward, cutReverse }) => [
        cutForward,
        cutReverse,
      ]);
    assert.deepEqual(cuts('PstI', 'AACTGCAGAA'), [['7^8', '3^4']]);
    assert.deepEqual(cuts('SmaI', 'AACCCGGGAA'), [['5^6', '5^6']]);
    assert.deepEqual(cuts('HincII', 'GTTAACGTCGAC'), [
      ['3^4', '3^4'],
      ['9^10', '9^10'],
    ]);
  });

  test('an unsure base is no site', () => {
    assert.equal(digest(molecule('GAANTC', 'linear'), enzymeNamed('EcoRI')).sites.length, 0);
    assert.equal(digest(molecule('GANTC', 'linear'), enzymeNamed('HinfI')).sites.length, 1);
  });

  test('the table of a digest is read as it was written', () => {
    fc.assert(
      fc.property(anyMolecule, anyEnzyme, (dna, enzyme) => {
        const result = digest(dna, enzyme);
        assert.deepEqual(parseDigest(formatDigest(result)), result);
      }),
    );
  });

  test('an unknown enzyme is answered with those it may be, or with all', () => {
    const answer = (name: string) => {
      try {
        return enzymeNamed(name).name;
      } catch (error) {
        assert.ok(error instanceof Refusal);
        return error.message;
      }
    };
    assert.equal(answer('EcoRI'), 'EcoRI');
    assert.equal(answer('EcoR1'), 'unknown enzyme "EcoR1" (did-you-mean: EcoRI)');
    assert.equal(answer('ecor5'), 'unknown enzyme "ecor5" (did-you-mean: EcoRV)');
    assert.equal(answer('Hind3'), 'unknown enzyme "Hind3" (did-you-mean: HindIII)');
    assert.equal(answer('BamH'), 'unknown enzyme "BamH" (did-you-mean: BamHI)');
    assert.match(answer('Cas9'), /^unknown enzyme "Cas9" \(known: AluI, ApaI, .*XhoI\)$/);
  });
});
