import { writeFile } from 'node:fs/promises';
import { readArguments } from './program/arguments.ts';
import { runProgram } from './program/run-program.ts';
import { readText } from './program/text-file.ts';
import { codingSequencesOf } from './sequence/coding-sequence.ts';
import { formatFasta } from './sequence/fasta.ts';
import { parseGenBank } from './sequence/genbank.ts';

await runProgram(async (words) => {
  const { files } = readArguments('extract-cds INPUT.gb', words);
  const [input = ''] = files;
  const entries = await readText(input, 'a GenBank record', (text) => codingSequencesOf(parseGenBank(text)));
  await writeFile('cds.fasta', formatFasta(entries));
  return `${entries.length} CDS`;
});
