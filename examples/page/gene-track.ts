import type { Span } from '../sequence/location.ts';
import { type Markup, markup } from './markup.ts';

export interface Gene {
  readonly name: string;
  readonly product: string;
  /** In the order of reading. */
  readonly spans: readonly Span[];
}

export interface GeneTrackFrame {
  readonly top: number;
  readonly left: number;
  /** The horizontal place of the edge before a position; the edge after it is that of the next position. */
  readonly edgeOf: (position: number) => number;
}

const laneHeight = 20;
const laneGap = 5;
/** About the width of a digit of a label. */
const labelAdvance = 6.4;
const lanes = {
  '+': { offset: 0, colour: '#2f6f8f', label: 'CDS +' },
  '-': { offset: laneHeight + laneGap, colour: '#86608e', label: 'CDS \u2212' },
} as const;

export const geneTrackHeight = 2 * laneHeight + laneGap;

/** Coding sequences as arrows, one lane for each strand, labelled where the label fits. */
export function geneTrack(genes: readonly Gene[], frame: GeneTrackFrame): Markup {
  const prefixLength = sharedPrefixLength(genes.map(({ name }) => name));
  const captions = Object.values(lanes).map(({ offset, label }) => {
    const y = frame.top + offset + laneHeight / 2;
    return markup`<text x="${frame.left - 10}" y="${y + 4}" text-anchor="end">${label}</text>\n`;
  });
  const arrows = genes.flatMap((gene) =>
    gene.spans.map((span, at) => {
      const isLast = at === gene.spans.length - 1;
      return geneArrow(gene, span, { isLast, label: gene.name.slice(prefixLength), frame });
    }),
  );
  return markup`<g>\n${captions}${arrows}</g>\n`;
}

function geneArrow(
  gene: Gene,
  { start, end, strand }: Span,
  { isLast, label, frame }: { isLast: boolean; label: string; frame: GeneTrackFrame },
): Markup {
  const lane = lanes[strand];
  const left = frame.edgeOf(start);
  const right = frame.edgeOf(end + 1);
  const [tail, tip] = strand === '+' ? [left, right] : [right, left];
  const headLength = isLast ? Math.min(8, (right - left) / 4) : 0;
  const neck = strand === '+' ? tip - headLength : tip + headLength;
  const top = frame.top + lane.offset;
  const bottom = top + laneHeight;
  const middle = (top + bottom) / 2;
  const outline = [
    [tail, top],
    [neck, top],
    [tip, middle],
    [neck, bottom],
    [tail, bottom],
  ] as const;
  const corners = isLast ? outline : ([outline[0], [tip, top], [tip, bottom], outline[4]] as const);
  const path = corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const labelFits = label.length * labelAdvance + headLength <= right - left;
  const text = labelFits
    ? markup`<text x="${((tail + neck) / 2).toFixed(1)}" y="${middle + 3.5}" text-anchor="middle" font-size="10" fill="#ffffff">${label}</text>`
    : markup``;
  return markup`<g><title>${gene.name}, ${gene.product}</title><polygon points="${path}" fill="${lane.colour}"/>${text}</g>\n`;
}

/** How much of the names, up to their numbers, is the same in all: YP_pPCP01, YP_pPCP02 share YP_pPCP. */
export function sharedPrefixLength(names: readonly string[]): number {
  const prefixes = new Set(names.map((name) => /^(.*?)\d*$/.exec(name)?.[1] ?? ''));
  const [only = ''] = prefixes;
  return names.length > 1 && prefixes.size === 1 ? only.length : 0;
}
