import type { CodonUsage } from '../sequence/codon-usage.ts';
import { stop } from '../sequence/genetic-code.ts';
import { type Markup, markup } from './markup.ts';

const order = ['T', 'C', 'A', 'G'] as const;

/** The genetic code as it is usually printed: rows by first base, columns by second, four codons in a cell. */
export function codonGrid(usage: readonly CodonUsage[]): Markup {
  const byCodon = new Map(usage.map((each) => [each.codon, each]));
  const rows = order.map((first) => {
    const cells = order.map((second) => {
      const lines = order.map((third) => codonLine(first + second + third, byCodon));
      return markup`<td>${lines}</td>`;
    });
    return markup`<tr><th scope="row">${first}</th>${cells}</tr>\n`;
  });
  const head = order.map((second) => markup`<th scope="col">${second}</th>`);
  return markup`<table class="codons">
<thead><tr><td></td>${head}</tr></thead>
<tbody>
${rows}</tbody>
</table>
`;
}

function codonLine(codon: string, usage: ReadonlyMap<string, CodonUsage>): Markup {
  const found = usage.get(codon);
  if (found === undefined) return markup`<div><code>${codon}</code></div>`;
  const { aminoAcid, count, fraction } = found;
  const name = aminoAcid === stop ? 'stop' : aminoAcid;
  const share = fraction ?? 0;
  const shade = `--share: ${Math.round(100 * share)}%`;
  return markup`<div style="${shade}"><code>${codon}</code> <b>${name}</b> <span>${count}</span> <span>${share.toFixed(2)}</span></div>`;
}
