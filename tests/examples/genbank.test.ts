import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { codingSequencesOf } from '../../examples/sequence/coding-sequence.ts';
import { parseGenBank } from '../../examples/sequence/genbank.ts';
import { formatLocation } from '../../examples/sequence/location.ts';

describe('GenBank records', () => {
  const record = `LOCUS       TEST                  12 bp    DNA     linear   BCT 01-JAN-2000
DEFINITION  A record
            of two lines.
VERSION     TEST.1  GI:1
FEATURES             Location/Qualifiers
     CDS             join(1..3,
                     7..12)
                     /locus_tag="T1"
                     /note="says ""yes"" and
                     /no, in one note"
                     /pseudo
                     /db_xref="A:1"
                     /db_xref="B:2"
                     /translation="MA
                     X"
ORIGIN
        1 atgccctaan ry
//
`;

  test('qualifiers may be quoted, broken over lines, repeated or bare', () => {
    const { features, ...rest } = parseGenBank(record);
    assert.deepEqual(rest, {
      version: 'TEST.1',
      definition: 'A record of two lines',
      topology: 'linear',
      bases: 'ATGCCCTAANRY',
    });
    assert.equal(features.length, 1);
    const [cds] = features;
    assert.ok(cds);
    assert.equal(formatLocation(cds.location), 'join(1..3,7..12)');
    assert.deepEqual(Object.fromEntries(cds.qualifiers), {
      locus_tag: ['T1'],
      note: ['says "yes" and /no, in one note'],
      pseudo: [''],
      db_xref: ['A:1', 'B:2'],
      translation: ['MAX'],
    });
  });

  test('line ends of either kind are read', () => {
    assert.deepEqual(parseGenBank(record.replaceAll('\n', '\r\n')), parseGenBank(record));
  });

  test('a damaged record is refused', () => {
    const refused = (text: string, complaint: RegExp) =>
      assert.throws(() => parseGenBank(text), { name: 'Refusal', message: complaint });
    refused(record.replace('//\n', ''), /no closing "\/\/"/);
    refused(record + record, /more than one record/);
    refused(record.replace('atgccc', 'atgcc'), /has 11 bases, but the LOCUS line says 12/);
    refused(record.replace('atgccc', 'atgccz'), /"Z" found in the sequence/);
    refused(record.replace(/ORIGIN\n.*\n/, ''), /has no sequence/);
    refused(record.replace('one note"', 'one note'), /no closing quotation mark/);
  });

  test('parts that are only in an order are not read through as a gene', () => {
    const unjoined = parseGenBank(record.replace('join(', 'order('));
    assert.throws(() => codingSequencesOf(unjoined), { name: 'Refusal', message: /^T1 is located by order/ });
  });
});
