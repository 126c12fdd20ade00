import { writeFile } from 'node:fs/promises';
import { counted, readArguments } from './program/arguments.ts';
import { runProgram } from './program/run-program.ts';
import { readText } from './program/text-file.ts';
import { parseCodingSequence, translate } from './sequence/coding-sequence.ts';
import { formatFasta, parseFasta } from './sequence/fasta.ts';

await runProgram(async (words) => {
  const { files } = readArguments('translate CDS.fasta', words);
  const [input = ''] = files;
  const proteins = await readText(input, 'coding sequences in FASTA format', (text) =>
    parseFasta(text).map((entry) => ({
      header: entry.header,
      sequence: translate(parseCodingSequence(entry)),
    })),
  );
  await writeFile('proteins.fasta', formatFasta(proteins));
  return counted(proteins.length, 'protein');
});
