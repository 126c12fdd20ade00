import type { GcSkew, SkewPoint } from '../sequence/gc-skew.ts';
import { roundNumber } from '../sequence/round-number.ts';
import { type Gene, geneTrack, geneTrackHeight } from './gene-track.ts';
import { type Markup, markup } from './markup.ts';
import { withCommas, withMinus } from './numbers.ts';

export interface SkewPlot {
  readonly record: string;
  readonly lengthBases: number;
  readonly topology: 'circular' | 'linear';
  readonly skew: GcSkew;
  readonly genes: readonly Gene[];
}

const size = { width: 960, height: 408 };
const panel = { left: 76, right: 936, top: 66, bottom: 286 };
const track = { top: panel.bottom + 14, bottom: panel.bottom + 14 + geneTrackHeight };
const colour = { above: '#0f766e', below: '#c2620e', line: '#1f2937', axis: '#64748b', grid: '#e2e8f0' };

/** The skew along the record above its coding sequences, as a drawing that stands alone. */
export function skewPlot(plot: SkewPlot): string {
  const highest = Math.max(0.01, ...plot.skew.points.map(({ skew }) => Math.abs(skew)));
  const tickSkew = roundNumber(highest / 3);
  const limit = Math.ceil(highest / tickSkew) * tickSkew;
  const middle = (panel.top + panel.bottom) / 2;
  const edgeOf = (position: number) =>
    panel.left + ((position - 1) / plot.lengthBases) * (panel.right - panel.left);
  const place = ({ position, skew }: SkewPoint): Place => ({
    x: edgeOf(position + 0.5),
    y: middle - (skew / limit) * (middle - panel.top),
  });
  const curve = plot.skew.points.map(place);
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif" font-size="12" fill="#334155">
<title>GC skew of ${plot.record}</title>
<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>
<text x="${panel.left}" y="28" font-size="17" font-weight="600" fill="#0f172a">GC skew of ${plot.record}</text>
<text x="${panel.left}" y="48" fill="${colour.axis}">${subtitle(plot)}</text>
${positionAxis(plot.lengthBases, edgeOf)}${skewAxis(tickSkew, limit, (skew) => place({ position: 1, skew }).y)}<path d="${area(curve, middle, 'above')}" fill="${colour.above}" fill-opacity="0.75"/>
<path d="${area(curve, middle, 'below')}" fill="${colour.below}" fill-opacity="0.75"/>
<path d="${pathThrough(curve)}" fill="none" stroke="${colour.line}" stroke-width="1" stroke-linejoin="round"/>
<line x1="${panel.left}" x2="${panel.right}" y1="${middle}" y2="${middle}" stroke="${colour.axis}"/>
${geneTrack(plot.genes, { top: track.top, left: panel.left, edgeOf })}</svg>
`.text;
}

function subtitle({ skew, topology, genes }: SkewPlot): string {
  const windows = `Windows of ${withCommas(skew.windowBases)} bp every ${withCommas(skew.stepBases)} bp`;
  const across = topology === 'circular' ? ', running across the origin' : '';
  const [first, last] = [genes.at(0), genes.at(-1)];
  const names = first === undefined || last === undefined ? '' : `; CDS ${first.name} to ${last.name} below`;
  return windows + across + names;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function pathThrough(places: readonly Place[]): string {
  return places.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** The area between the curve and the zero line on one side of it, cut exactly where the curve crosses. */
function area(curve: readonly Place[], zero: number, side: 'above' | 'below'): string {
  const [first, last] = [curve.at(0), curve.at(-1)];
  if (first === undefined || last === undefined) return '';
  const kept = ({ x, y }: Place) => ({ x, y: side === 'above' ? Math.min(y, zero) : Math.max(y, zero) });
  const outline = curve.flatMap((place, at) => {
    const next = curve[at + 1];
    if (next === undefined || (place.y - zero) * (next.y - zero) >= 0) return [kept(place)];
    const share = (zero - place.y) / (next.y - place.y);
    return [kept(place), { x: place.x + share * (next.x - place.x), y: zero }];
  });
  return `${pathThrough([{ x: first.x, y: zero }, ...outline, { x: last.x, y: zero }])}Z`;
}

function positionAxis(lengthBases: number, edgeOf: (position: number) => number): Markup {
  const tickBases = Math.max(1, roundNumber(lengthBases / 9));
  const ticks: Markup[] = [];
  for (let position = tickBases; position <= lengthBases; position += tickBases) {
    const x = edgeOf(position + 0.5).toFixed(1);
    ticks.push(
      markup`<line x1="${x}" x2="${x}" y1="${panel.top}" y2="${track.bottom + 10}" stroke="${colour.grid}"/>
<text x="${x}" y="${track.bottom + 27}" text-anchor="middle">${withCommas(position)}</text>
`,
    );
  }
  const y = track.bottom + 10;
  return markup`<g>
${ticks}<line x1="${panel.left}" x2="${panel.right}" y1="${y}" y2="${y}" stroke="${colour.axis}"/>
<text x="${(panel.left + panel.right) / 2}" y="${track.bottom + 50}" text-anchor="middle" font-size="13">Position (bp)</text>
</g>
`;
}

function skewAxis(tickSkew: number, limit: number, heightOf: (skew: number) => number): Markup {
  const steps = Math.round(limit / tickSkew);
  const digits = Math.max(0, -Math.floor(Math.log10(tickSkew)));
  const ticks: Markup[] = [];
  for (let step = -steps; step <= steps; step += 1) {
    const y = heightOf(step * tickSkew).toFixed(1);
    ticks.push(
      markup`<line x1="${panel.left}" x2="${panel.right}" y1="${y}" y2="${y}" stroke="${colour.grid}"/>
<text x="${panel.left - 10}" y="${Number(y) + 4}" text-anchor="end">${withMinus(step * tickSkew, digits)}</text>
`,
    );
  }
  const middle = heightOf(0);
  return markup`<g>
${ticks}<line x1="${panel.left}" x2="${panel.left}" y1="${panel.top}" y2="${panel.bottom}" stroke="${colour.axis}"/>
<text x="22" y="${middle}" text-anchor="middle" font-size="13" transform="rotate(-90 22 ${middle})">(G \u2212 C) / (G + C)</text>
</g>
`;
}
