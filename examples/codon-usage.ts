import { writeFile } from 'node:fs/promises';
import { readArguments } from './program/arguments.ts';
import { runProgram } from './program/run-program.ts';
import { readText } from './program/text-file.ts';
import { codonsOf, parseCodingSequence } from './sequence/coding-sequence.ts';
import { countCodons, formatCodonUsage } from './sequence/codon-usage.ts';
import { parseFasta } from './sequence/fasta.ts';

await runProgram(async (words) => {
  const { files } = readArguments('codon-usage CDS.fasta', words);
  const [input = ''] = files;
  const usage = await readText(input, 'coding sequences in FASTA format', (text) =>
    countCodons(parseFasta(text).flatMap((entry) => codonsOf(parseCodingSequence(entry)))),
  );
  await writeFile('codon-usage.tsv', formatCodonUsage(usage));
  return '';
});
