import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDrawing } from '../../examples/page/drawing.ts';
import { Refusal } from '../../examples/program/refusal.ts';
import { countCodons, formatCodonUsage, parseCodonUsage } from '../../examples/sequence/codon-usage.ts';
import { parseComposition } from '../../examples/sequence/composition.ts';
import { formatEntryHeader, parseEntryHeader } from '../../examples/sequence/entry-header.ts';
import { formatFasta, parseFasta } from '../../examples/sequence/fasta.ts';
import { basesOf, ordinary } from './support/sequences.ts';

describe('files between the jobs', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019_.-'), minLength: 1, maxLength: 12 });
  const sentence = fc.string({
    unit: fc.constantFrom(...'ab [](){}=%;>,.', '%5B', '%5D', '%25'),
    maxLength: 30,
  });

  test('FASTA is read as it was written, whatever the length', () => {
    assert.equal(formatFasta([{ header: 'a', sequence: 'A'.repeat(61) }]), `>a\n${'A'.repeat(60)}\nA\n`);
    const entries = fc.array(
      fc.record({ header: word, sequence: basesOf('ACGT', { maxLength: 200 }) }, ordinary),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(fc.property(entries, (list) => assert.deepEqual(parseFasta(formatFasta(list)), list)));
  });

  test('a header keeps its tags, brackets in them too', () => {
    assert.equal(
      formatEntryHeader({ id: 'x', tags: new Map([['product', '[acyl-carrier] synthase']]) }),
      'x [product=%5Bacyl-carrier%5D synthase]',
    );
    fc.assert(
      fc.property(word, fc.dictionary(fc.constantFrom('product', 'gene', 'note'), sentence), (id, values) => {
        const header = { id, tags: new Map(Object.entries(values)) };
        assert.deepEqual(parseEntryHeader(formatEntryHeader(header)), header);
      }),
    );
  });

  test('an ambiguous codon counts nowhere, and an absent amino acid has no shares', () => {
    const usage = countCodons(['ATG', 'GCA', 'GCC', 'GCN']);
    const of = (codon: string) => usage.find((each) => each.codon === codon);
    assert.deepEqual(of('GCA'), {
      codon: 'GCA',
      aminoAcid: 'A',
      count: 1,
      perThousand: 1000 / 3,
      fraction: 0.5,
    });
    assert.equal(of('TGG')?.fraction, undefined);
    assert.equal(
      parseCodonUsage(formatCodonUsage(usage)).find(({ codon }) => codon === 'TGG')?.fraction,
      undefined,
    );
  });

  test('a table with other columns, a missing cell or a word for a number is refused', () => {
    const table = formatCodonUsage(countCodons(['ATG']));
    assert.throws(() => parseCodonUsage(table.replace('count', 'number')), {
      message: /the columns are "codon/,
    });
    assert.throws(() => parseCodonUsage(table.replace('TTT\tF', 'TTT')), { message: /line 2 has 4 cells/ });
    assert.throws(() => parseCodonUsage(table.replace('TTT\tF\t0', 'TTT\tF\tno')), {
      message: '"no" found, expected a number',
    });
  });

  test('a composition that lacks a number is refused', () => {
    assert.throws(() => parseComposition('{'), { name: 'Refusal', message: /no JSON/ });
    assert.throws(() => parseComposition('{"bases":{},"gcSkew":{},"topology":"linear","record":"x"}'), {
      name: 'Refusal',
      message: 'definition is missing or no text',
    });
  });

  test('a drawing that acts or fetches is refused', () => {
    assert.equal(parseDrawing('<?xml version="1.0"?>\n<svg><g/></svg>\n').text, '<svg><g/></svg>');
    for (const svg of [
      '<svg><script>1</script></svg>',
      '<svg><g onclick="1"/></svg>',
      '<svg><image/></svg>',
      '<svg><g xlink:href="x"/></svg>',
      '<p>no drawing</p>',
    ]) {
      assert.throws(() => parseDrawing(svg), Refusal, svg);
    }
  });
});
