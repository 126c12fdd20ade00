import { writeFile } from 'node:fs/promises';
import { skewPlot } from './page/skew-plot.ts';
import { readArguments } from './program/arguments.ts';
import { runProgram } from './program/run-program.ts';
import { readText } from './program/text-file.ts';
import { compositionOf, formatComposition } from './sequence/composition.ts';
import { gcSkew } from './sequence/gc-skew.ts';
import { type GenBankRecord, parseGenBank } from './sequence/genbank.ts';
import { spansOf } from './sequence/location.ts';

await runProgram(async (words) => {
  const { files } = readArguments('composition INPUT.gb', words);
  const [input = ''] = files;
  const { composition, drawing } = await readText(input, 'a GenBank record', (text) =>
    describe(parseGenBank(text)),
  );
  await writeFile('gc-skew.svg', drawing);
  await writeFile('composition.json', formatComposition(composition));
  return `GC ${composition.gcPercent.toFixed(1)} %`;
});

function describe(record: GenBankRecord) {
  const skew = gcSkew(record);
  const drawing = skewPlot({
    record: record.version,
    lengthBases: record.bases.length,
    topology: record.topology,
    skew,
    genes: genesOf(record),
  });
  return { composition: compositionOf(record, skew), drawing };
}

function genesOf(record: GenBankRecord) {
  return record.features
    .filter(({ key }) => key === 'CDS')
    .map(({ location, qualifiers }) => ({
      name: qualifiers.get('locus_tag')?.[0] ?? qualifiers.get('gene')?.[0] ?? 'CDS',
      product: qualifiers.get('product')?.[0] ?? 'no product named',
      spans: spansOf(location, record),
    }));
}
