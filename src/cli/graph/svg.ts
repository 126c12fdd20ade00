/** A graph as a drawing: a box for every job, and below it the files that others read of it. */
import type { Graph, GraphNode, JobState } from '@labkeep/client';
import { type Box, type Layout, type Link, layOut, type PlacedBox, type Route } from '../layered/layout.ts';
import { cut, plain, widthOf } from '../text.ts';
import { type FileGroup, groupFiles } from './grouped-files.ts';
import { jobLabel } from './job-label.ts';

const columnWidth = 7.2;
const lineHeight = 16;
const padding = 10;
const labelColumns = 40;
const namesShown = 3;
const namesOfHint = 50;

const colours: Readonly<Record<JobState, string>> = {
  draft: '#8a8f98',
  waiting: '#b7791f',
  ready: '#b7791f',
  offered: '#b7791f',
  running: '#1f6fb7',
  lost: '#c0392b',
  succeeded: '#2f855a',
  failed: '#c0392b',
  cancelled: '#8a8f98',
  expired: '#c0392b',
  denied: '#c0392b',
};

const style = [
  'text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1a202c}',
  '.ref{font-weight:bold}',
  '.file{fill:#4a5568}',
  '.job rect{fill:#fff;stroke:#a0aec0}',
  '.job.asked rect.frame{stroke:#1a202c;stroke-width:2}',
  'path{fill:none;stroke:#718096;stroke-width:1.2}',
  'path:not(.made){marker-end:url(#end)}',
  'path.content{stroke-dasharray:2 3}',
  'path.circle{stroke:#c0392b;stroke-dasharray:6 4}',
  '.page{fill:#f7fafc}',
].join('');

/** The text of an .svg file; `name`: how a path is shown; `marksAsked`: makes what was asked for stand out. */
export function svgOf(graph: Graph, name: (path: string) => string, marksAsked: boolean): string {
  const groups = groupFiles(graph.edges).map((group, at) => ({
    ...group,
    id: `files ${at}`,
    ...labelOf(group, name),
  }));
  const jobs = graph.nodes.map((job) => ({ job, asked: marksAsked && job.depth === 0, ...jobBox(job) }));
  const links: readonly (Link & { readonly looks: string })[] = groups.flatMap(({ id, from, readers }) => [
    { from, to: id, looks: 'made' },
    ...readers.map(({ ref, byContent, cyclic }) => ({
      from: id,
      to: ref,
      looks: cyclic ? 'circle' : byContent ? 'content' : '',
    })),
  ]);
  const layout = layOut([...jobs, ...groups], links, { between: 24, below: 22, margin: 16 });
  const places = new Map(layout.boxes.map((box) => [box.id, box]));
  const looks = new Map(links.map((link) => [linkKey(link), link.looks]));
  const drawn = <T extends Box>(box: T, draw: (box: T, place: PlacedBox) => string): string => {
    const place = places.get(box.id);
    return place === undefined ? '' : draw(box, place);
  };
  return [
    ...head(layout),
    ...layout.routes.map((route) => drawRoute(route, looks.get(linkKey(route)) ?? '')),
    ...groups.map((group) => drawn(group, drawFiles)),
    ...jobs.map((job) => drawn(job, drawJob)),
    '</svg>',
  ].join('\n');
}

function linkKey({ from, to }: Link): string {
  return JSON.stringify([from, to]);
}

function head({ width, height }: Layout): readonly string[] {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img">`,
    '<title>What came from what</title>',
    `<style>${style}</style>`,
    '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
      '<polygon points="0,1 8,4 0,7" fill="#718096"/></marker></defs>',
    `<rect class="page" width="${w}" height="${h}"/>`,
  ];
}

interface JobBox extends Box {
  readonly job: GraphNode;
  readonly asked: boolean;
  readonly lines: readonly string[];
}

function jobBox(job: GraphNode): Omit<JobBox, 'job' | 'asked'> {
  const label = cut(plain(jobLabel(job)), labelColumns);
  const lines = label === '' ? [] : [label];
  const columns = Math.max(job.ref.length + 2 + job.state.length, ...lines.map(widthOf));
  return { id: job.ref, lines, width: widthFor(columns), height: heightFor(1 + lines.length) };
}

function drawJob({ job, asked, lines }: JobBox, { x, y, width, height }: PlacedBox): string {
  const hint = [`${job.ref} ${job.state}`, jobLabel(job), ...timesOf(job)]
    .filter((line) => line !== '')
    .join('\n');
  const colour = colours[job.state];
  return [
    `<g class="job${asked ? ' asked' : ''}"><title>${escaped(hint)}</title>`,
    `<rect class="frame" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${height}" rx="4"/>`,
    `<rect x="${at(x)}" y="${at(y)}" width="4" height="${height}" rx="2" style="fill:${colour};stroke:none"/>`,
    writing(job.ref, x + padding, y, 0, 'class="ref"'),
    writing(job.state, x + width - padding, y, 0, `text-anchor="end" style="fill:${colour}"`),
    ...lines.map((line, index) => writing(line, x + padding, y, index + 1, '')),
    '</g>',
  ].join('');
}

function timesOf({ startedAt, finishedAt }: GraphNode): readonly string[] {
  return [
    ...(startedAt === null ? [] : [`started ${startedAt}`]),
    ...(finishedAt === null ? [] : [`finished ${finishedAt}`]),
  ];
}

interface FilesBox extends Box {
  readonly lines: readonly string[];
  readonly hint: string;
}

function labelOf({ files }: FileGroup, name: (path: string) => string): Omit<FilesBox, 'id'> {
  const names = files.map((file) => plain(name(file)));
  const more = names.length - namesShown;
  const lines = [
    ...names.slice(0, namesShown).map((text) => cut(text, labelColumns)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  const hint = [...names.slice(0, namesOfHint), ...(names.length > namesOfHint ? ['…'] : [])].join('\n');
  return {
    lines,
    hint,
    width: widthFor(Math.max(...lines.map(widthOf))),
    height: lines.length * lineHeight + 4,
  };
}

function drawFiles({ lines, hint }: FilesBox, { x, y, width }: PlacedBox): string {
  const middle = x + width / 2;
  const texts = lines.map((line, index) =>
    writing(line, middle, y - padding / 2, index, 'class="file" text-anchor="middle"'),
  );
  return `<g><title>${escaped(hint)}</title>${texts.join('')}</g>`;
}

function drawRoute({ points }: Route, looks: string): string {
  const [start, ...rest] = points;
  if (start === undefined) return '';
  let last = start;
  let path = `M${at(start.x)} ${at(start.y)}`;
  for (const point of rest) {
    const half = (last.y + point.y) / 2;
    path +=
      last.x === point.x
        ? `V${at(point.y)}`
        : `C${at(last.x)} ${at(half)} ${at(point.x)} ${at(half)} ${at(point.x)} ${at(point.y)}`;
    last = point;
  }
  const name = looks === '' ? '' : ` class="${looks}"`;
  return `<path${name} d="${path}"/>`;
}

function writing(text: string, x: number, top: number, line: number, attributes: string): string {
  const y = top + padding / 2 + line * lineHeight + 12;
  return `<text x="${at(x)}" y="${at(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(text)}</text>`;
}

function widthFor(columns: number): number {
  return Math.ceil(columns * columnWidth) + 2 * padding;
}

function heightFor(lines: number): number {
  return lines * lineHeight + padding;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Text between tags; letters that XML does not have are shown as a dot. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '·')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
