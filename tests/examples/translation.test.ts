import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCodingSequence, translate } from '../../examples/sequence/coding-sequence.ts';
import { aminoAcidOf, codonTable, isStartCodon } from '../../examples/sequence/genetic-code.ts';

describe('translation', () => {
  const protein = (sequence: string, header = 'x') => translate(parseCodingSequence({ header, sequence }));

  test('code 11 has 64 codons, three stops and seven starts', () => {
    assert.equal(codonTable.size, 64);
    const codons = [...codonTable.keys()];
    assert.deepEqual(
      codons.filter((codon) => aminoAcidOf(codon) === '*'),
      ['TAA', 'TAG', 'TGA'],
    );
    assert.deepEqual(codons.filter(isStartCodon).sort(), ['ATA', 'ATC', 'ATG', 'ATT', 'CTG', 'GTG', 'TTG']);
  });

  test('another start codon is read as methionine at the start and nowhere else', () => {
    assert.equal(protein('GTGGTGTTGTAA'), 'MVL');
    assert.equal(protein('GCCGTGTAA'), 'AV');
  });

  test('a gene whose beginning is missing starts with an ordinary codon', () => {
    assert.equal(protein('GTGGTG', 'x [location=<1..6]'), 'VV');
    assert.equal(protein('GTGGTG', 'x [location=complement(1..>6)]'), 'VV');
  });

  test('the frame says where the first codon begins', () => {
    assert.equal(protein('CCGTGAAATG', 'x [frame=3] [location=<1..10]'), 'VK');
  });

  test('a last stop is dropped, one inside is shown', () => {
    assert.equal(protein('ATGTAAAAATAG'), 'M*K');
    assert.equal(protein('ATGTAAAAA'), 'M*K');
  });

  test('an ambiguous codon is read if all its meanings agree', () => {
    assert.equal(protein('ATGGCNYTRNNN'), 'MALX');
    assert.equal(protein('RTGGCN'), 'MA');
  });

  test('a gene that follows other rules is refused', () => {
    assert.throws(() => protein('ATG', 'x [transl_table=4]'), {
      message: /^x is marked with genetic code 4/,
    });
    assert.throws(() => protein('ATG', 'x [exception=RNA editing]'), { message: /RNA editing/ });
    assert.throws(() => protein('ATG', 'x [frame=4]'), { message: /^x has frame 4/ });
    assert.throws(() => protein('MKV*'), { message: /^"\*" found in x/ });
  });
});
