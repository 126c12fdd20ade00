import type { FileField, KinField, MeasureField, NameField } from './fields.ts';

/** A selection as it was written. */
export type Tree =
  | { readonly kind: 'all'; readonly of: readonly Tree[] }
  | { readonly kind: 'any'; readonly of: readonly Tree[] }
  | { readonly kind: 'not'; readonly of: Tree }
  | Condition;

export type Condition =
  | { readonly kind: 'word'; readonly word: string; readonly prefix: boolean }
  /** Null: without it. */
  | { readonly kind: 'name'; readonly field: NameField; readonly values: readonly (string | null)[] }
  | { readonly kind: 'among'; readonly of: Measure; readonly items: readonly Item[] }
  | {
      readonly kind: 'compare';
      readonly of: Measure;
      readonly operator: Comparison;
      readonly value: Scalar;
    }
  | { readonly kind: 'file'; readonly field: FileField; readonly values: readonly string[] }
  | { readonly kind: 'kin'; readonly field: KinField; readonly refs: readonly string[] };

export const comparisons = ['<=', '>=', '!=', '<', '>'] as const;
export type Comparison = (typeof comparisons)[number];

/** A field that every job has, or a number that somebody named. */
export type Measure = { readonly field: MeasureField } | { readonly number: string };

/** A number, or a time as it was written: `2026-11-21`, `today`, `3d`. */
export type Scalar = number | string;

/** One value, both ends of a range, or (null) no value at all. */
export type Item = Scalar | null | { readonly from: Scalar; readonly to: Scalar };

/** Every job. */
export const everything: Tree = { kind: 'all', of: [] };

/** All of these; what is itself an “all” is taken apart, and one alone is itself. */
export function allOf(parts: readonly Tree[]): Tree {
  const flat = parts.flatMap((part) => (part.kind === 'all' ? part.of : [part]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind: 'all', of: flat };
}

/** Any of these, of which there is at least one. */
export function anyOf(parts: readonly [Tree, ...Tree[]]): Tree {
  const flat = parts.flatMap((part) => (part.kind === 'any' ? part.of : [part]));
  return flat.length === 1 ? parts[0] : { kind: 'any', of: flat };
}
