/**
 * Draws boxes and the links between them in layers, every link downwards: layers, then the order within each, then
 * places. A link that would close a circle is laid the other way round. Links over several layers that come from one box share
 * their way as far as they can.
 */
import { layersOf } from './layers.ts';
import { orderLayers } from './order.ts';
import { placeAcross } from './place.ts';
import { waysOf } from './ways.ts';

export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box with its upper left corner. */
export interface PlacedBox extends Box, Point {}

/** A link from the edge of one box to that of the other: its points lie on vertical lines that a curve may join. */
export interface Route extends Link {
  readonly points: readonly Point[];
}

export interface Gaps {
  readonly between: number;
  readonly below: number;
  readonly margin: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  /** In the order of the links. */
  readonly routes: readonly Route[];
}

/** Lays out boxes and links; links to boxes that are not there are left out. */
export function layOut(boxes: readonly Box[], links: readonly Link[], gaps: Gaps): Layout {
  const index = new Map(boxes.map(({ id }, at) => [id, at]));
  const known = links.flatMap((link) => {
    const [from, to] = [index.get(link.from), index.get(link.to)];
    return from === undefined || to === undefined ? [] : [{ link, from, to }];
  });
  const layered = layersOf(boxes.length, known);
  const { layers, ways, below } = waysOf(layered, known);
  const order = orderLayers(layers, below);
  const widthOf = (node: number): number => boxes[node]?.width ?? 0;
  const across = placeAcross(order, below, {
    widthOf,
    gap: gaps.between,
    isBend: (it) => it >= boxes.length,
  });
  const bands = bandsOf(order, (node) => boxes[node]?.height ?? 0, gaps);

  const centre = (node: number): number => (across[node] ?? 0) + gaps.margin;
  const bandOf = (node: number): Band => bands[layers[node] ?? 0] ?? { top: 0, bottom: 0 };
  const placed = boxes.map((box, node) => {
    const { top, bottom } = bandOf(node);
    return { ...box, x: centre(node) - box.width / 2, y: (top + bottom - box.height) / 2 };
  });
  const routes = known.map(({ link, from, to }, at) => {
    const isUp = (layers[from] ?? 0) > (layers[to] ?? 0);
    const bends = (ways[at] ?? []).flatMap((node) => {
      const { top, bottom } = bandOf(node);
      const ends = [
        { x: centre(node), y: top },
        { x: centre(node), y: bottom },
      ];
      return isUp ? ends.reverse() : ends;
    });
    const end = (node: number, atBottom: boolean): Point => {
      const { y, height } = placed[node] ?? { y: 0, height: 0 };
      return { x: centre(node), y: atBottom ? y + height : y };
    };
    return { ...link, points: [end(from, !isUp), ...bends, end(to, isUp)] };
  });
  const right = Math.max(0, ...boxes.map((box, node) => centre(node) + box.width / 2));
  const bend = across.slice(boxes.length).reduce((most, x) => Math.max(most, x + gaps.margin), right);
  return {
    width: bend + gaps.margin,
    height: (bands.at(-1)?.bottom ?? 0) + gaps.margin,
    boxes: placed,
    routes,
  };
}

interface Band {
  readonly top: number;
  readonly bottom: number;
}

function bandsOf(
  order: readonly (readonly number[])[],
  heightOf: (node: number) => number,
  { below, margin }: Gaps,
): readonly Band[] {
  const bands: Band[] = [];
  let top = margin;
  for (const layer of order) {
    const bottom = top + layer.reduce((most, node) => Math.max(most, heightOf(node)), 0);
    bands.push({ top, bottom });
    top = bottom + below;
  }
  return bands;
}
