import { writeFile } from 'node:fs/promises';
import { counted, readArguments } from './program/arguments.ts';
import { runProgram } from './program/run-program.ts';
import { readText } from './program/text-file.ts';
import { digest, formatDigest } from './sequence/digest.ts';
import { enzymeNamed } from './sequence/enzymes.ts';
import { parseGenBank } from './sequence/genbank.ts';

await runProgram(async (words) => {
  const { files, options } = readArguments('restriction INPUT.gb --enzyme NAME', words);
  const [input = ''] = files;
  const enzyme = enzymeNamed(options.get('enzyme') ?? '');
  const result = digest(await readText(input, 'a GenBank record', parseGenBank), enzyme);
  await writeFile('restriction.tsv', formatDigest(result));
  return `${enzyme.name}: ${counted(result.sites.length, 'site')}`;
});
