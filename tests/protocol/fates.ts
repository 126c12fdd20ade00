/** What may become of a message on its way. */

export const fates = [
  /** The connection is cut, and nothing of it arrives. */
  'lost',
  /** Half of it arrives, then the connection is cut. */
  'cut short',
  /** Nothing of it arrives, and the connection stays: a peer that is gone without a word. */
  'swallowed',
  /** It arrives twice. */
  'doubled',
  /** It arrives later, while its sender still waits. */
  'slow',
  /** It arrives when its sender has given up, and most often has said it again. */
  'overdue',
] as const;
export type Fate = (typeof fates)[number];

export const sides = ['request', 'answer'] as const;
export type Side = (typeof sides)[number];

export interface Harm {
  readonly side: Side;
  readonly fate: Fate;
}

/** Every fate of a request, and of an answer. */
export const harms: readonly Harm[] = sides.flatMap((side) => fates.map((fate) => ({ side, fate })));

export function harmText({ side, fate }: Harm): string {
  return `the ${side} is ${fate}`;
}
