import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedPrefixLength } from '../../examples/page/gene-track.ts';
import { markup } from '../../examples/page/markup.ts';
import { gcSkew } from '../../examples/sequence/gc-skew.ts';
import { roundNumber } from '../../examples/sequence/round-number.ts';
import { molecule } from './support/sequences.ts';

describe('the plot', () => {
  test('skew is what each window has more of G than of C, across the origin of a circle only', () => {
    const bases = 'G'.repeat(50) + 'A'.repeat(100) + 'C'.repeat(50);
    const circle = gcSkew(molecule(bases, 'circular'));
    const line = gcSkew(molecule(bases, 'linear'));
    assert.equal(circle.windowBases, 10);
    assert.equal(circle.points.length, 200);
    assert.equal(line.points.length, 191);
    const at = (position: number) => circle.points.find((point) => point.position === position)?.skew;
    assert.equal(at(25), 1);
    assert.equal(at(100), 0);
    assert.equal(at(175), -1);
    // The window in the middle of which position 1 stands has five bases of either side.
    assert.equal(at(1), 0);
    assert.equal(line.points[0]?.position, 6);
    assert.deepEqual(gcSkew(molecule('GAC')).points, [
      { position: 1, skew: 1 },
      { position: 2, skew: 0 },
      { position: 3, skew: -1 },
    ]);
  });

  test('round numbers are 1, 2 or 5 times a power of ten', () => {
    assert.deepEqual([480, 1067, 0.08, 3, 7.6, 1].map(roundNumber), [500, 1000, 0.1, 2, 10, 1]);
  });

  test('labels lose what all names share before their numbers', () => {
    assert.equal(sharedPrefixLength(['YP_pPCP01', 'YP_pPCP10']), 'YP_pPCP'.length);
    assert.equal(sharedPrefixLength(['rpoA', 'rpoB']), 0);
    assert.equal(sharedPrefixLength(['YP_01']), 0);
  });

  test('text is escaped on its way into markup', () => {
    assert.equal(
      markup`<b title="${'"5\' & <3'}">${[markup`<i/>`]}</b>`.text,
      '<b title="&quot;5&#39; &amp; &lt;3"><i/></b>',
    );
  });
});
