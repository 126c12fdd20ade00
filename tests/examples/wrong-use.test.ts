import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { recordFile, runProgram } from './support/programs.ts';

describe('a program that is used wrongly says so in one line, exits with 2 and writes nothing', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'examples-'));
    await writeFile(join(folder, 'notes.txt'), 'buy agar\n');
    const record = await readFile(recordFile, 'utf8');
    await writeFile(join(folder, 'short.gb'), record.slice(0, -400));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const cases: readonly (readonly [program: string, words: readonly string[], complaint: string])[] = [
    ['extract-cds', [], '0 files named, 1 expected; usage: extract-cds INPUT.gb'],
    ['extract-cds', ['a', 'b'], '2 files named, 1 expected; usage: extract-cds INPUT.gb'],
    ['extract-cds', ['absent.gb'], 'cannot read absent.gb: no such file; expected a GenBank record'],
    ['extract-cds', ['.'], 'cannot read .: it is a folder; expected a GenBank record'],
    ['composition', ['notes.txt'], 'notes.txt: the first line is no LOCUS line; expected a GenBank record'],
    ['composition', ['short.gb'], 'short.gb: the record has no closing "//"; is the file cut short?'],
    [
      'translate',
      ['notes.txt'],
      'notes.txt: the first line does not begin with ">"; expected sequences in FASTA format',
    ],
    ['codon-usage', [], '0 files named, 1 expected; usage: codon-usage CDS.fasta'],
    ['restriction', ['short.gb'], '--enzyme is missing; usage: restriction INPUT.gb --enzyme NAME'],
    [
      'restriction',
      ['short.gb', '--cutter', 'EcoRI'],
      "Unknown option '--cutter'; usage: restriction INPUT.gb --enzyme NAME",
    ],
    [
      'report',
      ['notes.txt'],
      '1 file named, 5 expected; usage: report PROTEINS.fasta COMPOSITION.json SKEW.svg CODON-USAGE.tsv RESTRICTION.tsv',
    ],
  ];
  for (const [program, words, complaint] of cases) {
    test([program, ...words].join(' '), async () => {
      const ended = await runProgram(program, words, folder);
      assert.deepEqual(ended, { exitCode: 2, stdout: '', stderr: `${complaint}\n` });
      assert.deepEqual((await readdir(folder)).sort(), ['notes.txt', 'short.gb']);
    });
  }
});
