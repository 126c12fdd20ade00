import type { CodonUsage } from '../sequence/codon-usage.ts';
import type { Composition } from '../sequence/composition.ts';
import type { Digest } from '../sequence/digest.ts';
import { type EntryHeader, parseEntryHeader } from '../sequence/entry-header.ts';
import type { FastaEntry } from '../sequence/fasta.ts';
import { codonGrid } from './codon-grid.ts';
import { Markup, markup } from './markup.ts';
import { withCommas, withMinus } from './numbers.ts';

export interface Report {
  readonly composition: Composition;
  readonly drawing: Markup;
  readonly proteins: readonly FastaEntry[];
  readonly usage: readonly CodonUsage[];
  readonly digest: Digest;
}

/** One page that needs nothing beside itself: no script, no link, no font, no picture from elsewhere. */
export function reportPage(report: Report): string {
  const { composition, drawing, proteins, usage, digest } = report;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${composition.record}: ${composition.definition}</title>
<style>${style}</style>
</head>
<body>
<header>
<p>${composition.record}</p>
<h1>${composition.definition}</h1>
</header>
<main>
${keyFacts(report)}<section>
<h2>Composition</h2>
${drawing}
${compositionText(composition)}</section>
<section>
<h2>Proteins</h2>
${proteinTable(proteins)}</section>
<section>
<h2>Codon usage</h2>
<p>${withCommas(codonTotal(usage))} codons. Each line: codon, amino acid, count, and the share among the codons of that amino acid, which is also the depth of its shade.</p>
${codonGrid(usage)}</section>
<section>
<h2>Digest with ${digest.enzyme}</h2>
${digestTables(digest)}</section>
</main>
</body>
</html>
`.text;
}

function keyFacts({ composition, proteins, digest }: Report): Markup {
  const facts = [
    ['Length', `${withCommas(composition.lengthBases)} bp`],
    ['Topology', composition.topology],
    ['GC content', `${composition.gcPercent.toFixed(1)} %`],
    ['Proteins', String(proteins.length)],
    [`${digest.enzyme} sites`, String(digest.sites.length)],
  ] as const;
  const items = facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>\n`);
  return markup`<dl class="facts">\n${items}</dl>\n`;
}

function compositionText({ bases, gcSkew }: Composition): Markup {
  const { lowest, highest } = gcSkew;
  const ambiguous = bases.ambiguous === 0 ? 'no' : withCommas(bases.ambiguous);
  return markup`<p>A ${withCommas(bases.A)}, C ${withCommas(bases.C)}, G ${withCommas(bases.G)}, T ${withCommas(bases.T)}, ${ambiguous} ambiguous bases. The skew is lowest, ${withMinus(lowest.skew, 2)}, about position ${withCommas(lowest.position)} and highest, ${withMinus(highest.skew, 2)}, about position ${withCommas(highest.position)}.</p>
`;
}

function proteinTable(proteins: readonly FastaEntry[]): Markup {
  const rows = proteins.map(({ header, sequence }) => {
    const entry = parseEntryHeader(header);
    return markup`<tr><td><code>${entry.id}</code></td><td>${tag(entry, 'product')}</td><td><code>${tag(entry, 'protein_id')}</code></td><td><code>${tag(entry, 'location')}</code></td><td class="number">${withCommas(sequence.length)}</td></tr>\n`;
  });
  return markup`<div class="wide"><table>
<thead><tr><th>Locus tag</th><th>Product</th><th>Protein</th><th>Location</th><th class="number">Amino acids</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>
`;
}

function tag({ tags }: EntryHeader, name: string): string {
  return tags.get(name) ?? '\u2013';
}

function codonTotal(usage: readonly CodonUsage[]): number {
  return usage.reduce((total, { count }) => total + count, 0);
}

function digestTables({ notation, sites, fragments }: Digest): Markup {
  const siteRows = sites.map(
    ({ start, end, cutForward, cutReverse }) =>
      markup`<tr><td>${withCommas(start)} to ${withCommas(end)}</td><td><code>${cutForward}</code></td><td><code>${cutReverse}</code></td></tr>\n`,
  );
  const total = fragments.reduce((sum, { lengthBases }) => sum + lengthBases, 0);
  const fragmentRows = fragments.map(
    ({ start, end, lengthBases }) =>
      markup`<tr><td>${withCommas(start)} to ${withCommas(end)}</td><td class="number">${withCommas(lengthBases)} bp</td></tr>\n`,
  );
  const bar = fragments.map(
    ({ lengthBases }) => markup`<span style="flex-grow: ${lengthBases}">${withCommas(lengthBases)}</span>`,
  );
  return markup`<p>The site is <code>${notation}</code>; a cut <code>9^10</code> lies between the bases 9 and 10.</p>
<div class="fragments">${bar}</div>
<div class="pair">
<table>
<thead><tr><th>Site</th><th>Cut, forward strand</th><th>Cut, reverse strand</th></tr></thead>
<tbody>
${siteRows}</tbody>
</table>
<table>
<thead><tr><th>Fragment</th><th class="number">Length</th></tr></thead>
<tbody>
${fragmentRows}</tbody>
<tfoot><tr><th>Together</th><td class="number">${withCommas(total)} bp</td></tr></tfoot>
</table>
</div>
`;
}

const style = new Markup(`
:root { --ink: #0f172a; --soft: #64748b; --line: #e2e8f0; --accent: #0f766e; }
* { box-sizing: border-box; }
body { margin: 0; background: #f8fafc; color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
header, main { max-width: 1040px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 40px; }
header p { margin: 0; color: var(--accent); font-weight: 600; }
h1 { margin: 4px 0 20px; font-size: 26px; line-height: 1.25; text-wrap: balance; }
h2 { margin: 0 0 12px; font-size: 18px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0; }
.facts div, section { background: #fff; border: 1px solid var(--line); border-radius: 10px; }
.facts div { padding: 12px 16px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-size: 22px; font-weight: 600; }
section { margin: 20px 0; padding: 20px; break-inside: avoid; }
section > p { max-width: 75ch; margin: 0 0 12px; color: #334155; }
section > svg + p { margin: 12px 0 0; }
svg { display: block; width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-size: 13px; font-weight: 600; }
tbody tr:last-child td { border-bottom: 0; }
tfoot th, tfoot td { border-top: 2px solid var(--line); border-bottom: 0; font-weight: 600; }
th.number, td.number { text-align: right; }
code { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.codons { table-layout: fixed; }
.codons th, .codons tr > td:first-child:empty { width: 32px; text-align: center; vertical-align: middle; }
.codons thead th { width: auto; }
.codons tbody td { padding: 6px; border: 1px solid var(--line); }
.codons div { display: grid; grid-template-columns: 3.5ch 3.6ch 1fr 5ch; gap: 8px; align-items: baseline; padding: 2px 8px;
  border-radius: 4px; background: color-mix(in srgb, #99d5cc var(--share, 0%), #fff); }
.codons b { font-weight: 600; }
.codons span { text-align: right; }
.fragments { display: flex; gap: 3px; margin: 16px 0; }
.fragments span { flex-basis: 0; min-width: 2px; padding: 5px 0; overflow: hidden; border-radius: 4px;
  background: #2f6f8f; color: #fff; font-size: 13px; text-align: center; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 8px 40px; align-items: start; }
@media print { body { background: #fff; } section { border: 0; padding: 0; } }
@media (max-width: 760px) { .codons div { grid-template-columns: 1fr 1fr; gap: 0 6px; } }
`);
