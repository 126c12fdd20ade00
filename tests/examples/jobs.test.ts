import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ExampleJob, exampleJobs } from '../../examples/jobs.ts';
import { parseDrawing } from '../../examples/page/drawing.ts';
import { parseCodonUsage } from '../../examples/sequence/codon-usage.ts';
import { parseComposition } from '../../examples/sequence/composition.ts';
import { parseDigest } from '../../examples/sequence/digest.ts';
import { parseFasta } from '../../examples/sequence/fasta.ts';
import { reverseComplement } from '../../examples/sequence/nucleotides.ts';
import { fault } from './support/markup-fault.ts';
import { type Ended, programFile, recordFile, run } from './support/programs.ts';

/** What the file itself says, read without the parser that is under test. */
function plainFacts(record: string) {
  const [, sequence = ''] = record.split('\nORIGIN');
  const translations = Array.from(record.matchAll(/\/translation="([^"]+)"/g), ([, text = '']) =>
    text.replaceAll(/\s/g, ''),
  );
  return { bases: sequence.replaceAll(/[^a-z]/g, '').toUpperCase(), translations };
}

test('the check for well-formed markup finds planted faults', () => {
  assert.equal(fault('<a b="1"><c/>text &amp; more</a>'), undefined);
  assert.match(fault('<a><b></a></b>') ?? '', /closes what is not open/);
  assert.match(fault('<a><b></b>') ?? '', /left open: a/);
  assert.match(fault('<a>1 < 2</a>') ?? '', /no tag/);
  assert.match(fault('<a>R & D</a>') ?? '', /no entity/);
});

describe('the seven jobs, run in order in one folder', () => {
  const jobs = exampleJobs({
    programs: (name) => [process.execPath, programFile(name)],
    record: 'NC_005816.gb',
  });
  const ends: Ended[] = [];
  let folder = '';
  let facts = { bases: '', translations: [] as string[] };
  const written = (name: string) => readFile(join(folder, name), 'utf8');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'examples-'));
    await cp(recordFile, join(folder, 'NC_005816.gb'));
    facts = plainFacts(await readFile(recordFile, 'utf8'));
    for (const job of jobs) ends.push(await run(job.command, folder));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('they end as described, each with its one line', () => {
    assert.deepEqual(
      ends.map(({ exitCode, stdout, stderr }) => [exitCode, stdout, stderr]),
      [
        [0, '10 CDS\n', ''],
        [0, '10 proteins\n', ''],
        [0, 'GC 45.3 %\n', ''],
        [0, '', ''],
        [2, '', 'unknown enzyme "EcoR1" (did-you-mean: EcoRI)\n'],
        [0, 'EcoRI: 3 sites\n', ''],
        [0, 'report.html\n', ''],
      ],
    );
    const expected = jobs.map((job) => job.expected);
    assert.deepEqual(
      ends.map(({ exitCode }) => (exitCode === 0 ? 'succeeded' : 'failed')),
      expected,
    );
  });

  test('they write the declared files and nothing else', async () => {
    const declared = new Set(['NC_005816.gb', ...jobs.flatMap(({ outputs }) => outputs)]);
    assert.deepEqual((await readdir(folder)).sort(), [...declared].sort());
  });

  test('the record is the one of 9,609 bases and 10 proteins', () => {
    assert.equal(facts.bases.length, 9609);
    assert.equal(facts.translations.length, 10);
  });

  test('each of the 10 proteins is the translation that the record states', async () => {
    const proteins = parseFasta(await written('proteins.fasta')).map(({ sequence }) => sequence);
    assert.deepEqual(proteins, facts.translations);
  });

  test('a coding sequence carries locus tag, product and location', async () => {
    const entries = parseFasta(await written('cds.fasta'));
    assert.equal(entries.length, 10);
    const pesticin = entries.find(({ header }) => header.startsWith('YP_pPCP06 '));
    assert.ok(pesticin);
    assert.match(pesticin.header, /\[product=pesticin\].*\[location=complement\(4815\.\.5888\)\]/);
    assert.equal(pesticin.sequence, reverseComplement(facts.bases.slice(4814, 5888)));
  });

  test('the composition counts every base and finds 45.3 % GC', async () => {
    const composition = parseComposition(await written('composition.json'));
    const count = (base: string) => facts.bases.split(base).length - 1;
    assert.deepEqual(composition.bases, {
      A: count('A'),
      C: count('C'),
      G: count('G'),
      T: count('T'),
      ambiguous: 0,
    });
    assert.equal(composition.lengthBases, 9609);
    assert.equal(composition.topology, 'circular');
    assert.equal(composition.gcPercent.toFixed(1), '45.3');
  });

  test('the codon usage counts every codon of the coding sequences', async () => {
    const usage = parseCodonUsage(await written('codon-usage.tsv'));
    const codons = parseFasta(await written('cds.fasta')).flatMap(
      ({ sequence }) => sequence.match(/.../g) ?? [],
    );
    assert.equal(codons.length, 1938);
    assert.equal(usage.length, 64);
    for (const { codon, count } of usage) {
      assert.equal(count, codons.filter((each) => each === codon).length, codon);
    }
    const perThousand = usage.reduce((sum, each) => sum + each.perThousand, 0);
    assert.ok(Math.abs(perThousand - 1000) < 64 * 0.005, `per thousand add up to ${perThousand}`);
    const leucine = usage.filter(({ aminoAcid }) => aminoAcid === 'L');
    assert.equal(leucine.length, 6);
    const shares = leucine.reduce((sum, { fraction }) => sum + (fraction ?? Number.NaN), 0);
    assert.ok(Math.abs(shares - 1) < 6 * 0.0005, `the shares of leucine add up to ${shares}`);
    assert.equal(usage.find(({ codon }) => codon === 'TGG')?.fraction, 1);
  });

  test('the three EcoRI sites stand where the record reads GAATTC, and the fragments add up', async () => {
    const { sites, fragments } = parseDigest(await written('restriction.tsv'));
    const found = Array.from(facts.bases.matchAll(/GAATTC/g), ({ index }) => index + 1);
    assert.deepEqual(found, [546, 1962, 8753]);
    assert.equal(sites.length, 3);
    assert.deepEqual(sites, [
      { start: 546, end: 551, cutForward: '546^547', cutReverse: '550^551' },
      { start: 1962, end: 1967, cutForward: '1962^1963', cutReverse: '1966^1967' },
      { start: 8753, end: 8758, cutForward: '8753^8754', cutReverse: '8757^8758' },
    ]);
    assert.deepEqual(
      fragments.map(({ lengthBases }) => lengthBases),
      [1962 - 546, 8753 - 1962, 9609 - 8753 + 546],
    );
    assert.equal(
      fragments.reduce((sum, { lengthBases }) => sum + lengthBases, 0),
      9609,
    );
  });

  test('the drawing is well-formed, has labelled axes and an arrow for each CDS', async () => {
    const svg = await written('gc-skew.svg');
    assert.equal(fault(svg), undefined);
    assert.match(svg, /xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    for (const label of ['Position (bp)', '(G \u2212 C) / (G + C)', '>9,000<', '>0.0<']) {
      assert.ok(svg.includes(label), label);
    }
    assert.equal(svg.split('<polygon').length - 1, 10);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  });

  test('the report is well-formed, stands alone and holds what the other jobs found', async () => {
    const html = await written('report.html');
    assert.equal(fault(html), undefined);
    assert.doesNotMatch(html, /<script|<link|<img|href=|src=|url\(|@import|NaN|undefined/i);
    assert.ok(html.includes(parseDrawing(await written('gc-skew.svg')).text));
    for (const fact of ['9,609 bp', '45.3 %', 'outer membrane protease', '8753^8754', '1,938 codons']) {
      assert.ok(html.includes(fact), fact);
    }
    for (let number = 1; number <= 10; number += 1) {
      assert.ok(html.includes(`<code>YP_pPCP${String(number).padStart(2, '0')}</code>`));
    }
  });
});

describe('the list of jobs', () => {
  const jobs = exampleJobs({ programs: (name) => ['run', name], record: 'data/record.gb' });
  const predecessors = (job: ExampleJob) => (job.after ?? []).map((each) => each.job);

  test('a job reads the record or what the jobs before it write', () => {
    for (const job of jobs) {
      const available = ['data/record.gb', ...predecessors(job).flatMap((at) => jobs[at]?.outputs ?? [])];
      for (const input of job.inputs) assert.ok(available.includes(input), `${job.task}: ${input}`);
      for (const input of job.inputs) assert.ok(job.command.includes(input), `${job.task}: ${input}`);
    }
  });

  test('a job comes after the ones it waits for, and none waits for the failing one', () => {
    assert.deepEqual(jobs.map(predecessors), [[], [0], [], [0], [], [], [1, 2, 3, 5]]);
    const failing = jobs.findIndex(({ expected }) => expected === 'failed');
    assert.equal(failing, 4);
    assert.ok(!jobs.flatMap(predecessors).includes(failing));
  });

  test('the rerun differs from the failed job in its command only', () => {
    const [failed, rerun] = [jobs[4], jobs[5]];
    assert.ok(failed && rerun);
    assert.equal(rerun.rerunOf, 4);
    assert.deepEqual(failed.command, ['run', 'restriction', 'data/record.gb', '--enzyme', 'EcoR1']);
    assert.deepEqual(rerun.command, ['run', 'restriction', 'data/record.gb', '--enzyme', 'EcoRI']);
    assert.deepEqual([rerun.inputs, rerun.outputs], [failed.inputs, failed.outputs]);
  });
});
