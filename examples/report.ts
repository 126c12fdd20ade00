import { writeFile } from 'node:fs/promises';
import { parseDrawing } from './page/drawing.ts';
import { reportPage } from './page/report-page.ts';
import { readArguments } from './program/arguments.ts';
import { runProgram } from './program/run-program.ts';
import { readText } from './program/text-file.ts';
import { parseCodonUsage } from './sequence/codon-usage.ts';
import { parseComposition } from './sequence/composition.ts';
import { parseDigest } from './sequence/digest.ts';
import { parseFasta } from './sequence/fasta.ts';

const usageLine = 'report PROTEINS.fasta COMPOSITION.json SKEW.svg CODON-USAGE.tsv RESTRICTION.tsv';

await runProgram(async (words) => {
  const { files } = readArguments(usageLine, words);
  const [proteins = '', composition = '', drawing = '', usage = '', restriction = ''] = files;
  const page = reportPage({
    proteins: await readText(proteins, 'what translate writes', parseFasta),
    composition: await readText(composition, 'what composition writes', parseComposition),
    drawing: await readText(drawing, 'what composition draws', parseDrawing),
    usage: await readText(usage, 'what codon-usage writes', parseCodonUsage),
    digest: await readText(restriction, 'what restriction writes', parseDigest),
  });
  await writeFile('report.html', page);
  return 'report.html';
});
