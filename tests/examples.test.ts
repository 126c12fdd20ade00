import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type ExampleJob, exampleJobs } from '../examples/jobs.ts';
import { parseDrawing } from '../examples/page/drawing.ts';
import { sharedPrefixLength } from '../examples/page/gene-track.ts';
import { markup } from '../examples/page/markup.ts';
import { Refusal } from '../examples/program/refusal.ts';
import { codingSequencesOf, parseCodingSequence, translate } from '../examples/sequence/coding-sequence.ts';
import { countCodons, formatCodonUsage, parseCodonUsage } from '../examples/sequence/codon-usage.ts';
import { parseComposition } from '../examples/sequence/composition.ts';
import { digest, formatDigest, parseDigest } from '../examples/sequence/digest.ts';
import { formatEntryHeader, parseEntryHeader } from '../examples/sequence/entry-header.ts';
import { enzymeNamed, enzymes } from '../examples/sequence/enzymes.ts';
import { formatFasta, parseFasta } from '../examples/sequence/fasta.ts';
import { gcSkew } from '../examples/sequence/gc-skew.ts';
import { parseGenBank } from '../examples/sequence/genbank.ts';
import { aminoAcidOf, codonTable, isStartCodon } from '../examples/sequence/genetic-code.ts';
import {
  basesAt,
  formatLocation,
  type Location,
  lacksBeginning,
  type Molecule,
  parseLocation,
  spansOf,
} from '../examples/sequence/location.ts';
import { nucleotideLetters, reverseComplement } from '../examples/sequence/nucleotides.ts';
import { roundNumber } from '../examples/sequence/round-number.ts';

const programFile = (name: string) => join(import.meta.dirname, '..', 'examples', `${name}.ts`);
const recordFile = join(import.meta.dirname, '..', 'examples', 'data', 'NC_005816.gb');

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: readonly string[], cwd: string): Promise<Ended> {
  const [program = '', ...words] = command;
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
  ]);
  return { exitCode: await ended, stdout: stdout.join(''), stderr: stderr.join('') };
}

function runProgram(name: string, words: readonly string[], cwd: string): Promise<Ended> {
  return run([process.execPath, programFile(name), ...words], cwd);
}

/** What the file itself says, read without the parser that is under test. */
function plainFacts(record: string) {
  const [, sequence = ''] = record.split('\nORIGIN');
  const translations = Array.from(record.matchAll(/\/translation="([^"]+)"/g), ([, text = '']) =>
    text.replaceAll(/\s/g, ''),
  );
  return { bases: sequence.replaceAll(/[^a-z]/g, '').toUpperCase(), translations };
}

/** Complains about the first tag that is not closed in its place, or the first stray `<` or `&`. */
function fault(xml: string): string | undefined {
  const open: string[] = [];
  const text = xml.replace(/^<\?xml [^?]*\?>\n/, '').replace(/^<!doctype html>\n/, '');
  const element = /<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    element.lastIndex = at;
    const found = element.exec(text);
    if (found === null) return `no tag: ${text.slice(at, at + 40)}`;
    const [tag, closing, name = '', , empty] = found;
    if (closing !== '' && open.pop() !== name) return `closes what is not open: ${tag}`;
    if (closing === '' && empty === '') open.push(name);
    at += tag.length;
  }
  const entity = /&(?!(?:amp|lt|gt|quot|#\d+);).{0,20}/.exec(text);
  if (entity !== null) return `no entity: ${entity[0]}`;
  return open.length > 0 ? `left open: ${open.join(' ')}` : undefined;
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

// Parsers give ordinary objects; fast-check's own have no prototype unless told.
const ordinary = { noNullPrototype: true };
const basesOf = (letters: string, length: { minLength?: number; maxLength?: number }) =>
  fc.string({ unit: fc.constantFrom(...letters), ...length });
const anyBases = basesOf(nucleotideLetters, { maxLength: 60 });

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

const molecule = (bases: string, topology: Molecule['topology'] = 'circular'): Molecule => ({
  bases,
  topology,
});
const plasmid = molecule('ACGTTGCAAC');

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
