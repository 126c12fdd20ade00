import type { Tree } from './tree.ts';

export interface NamedIn {
  readonly kind: 'tag' | 'task' | 'number';
  readonly name: string;
}

/** What a selection asks for by a name that people give, where having it is what selects. */
export function namesIn(tree: Tree): readonly NamedIn[] {
  switch (tree.kind) {
    case 'all':
    case 'any':
      return tree.of.flatMap(namesIn);
    case 'name': {
      const { field } = tree;
      if (field !== 'tag' && field !== 'task') return [];
      return tree.values.flatMap((name) => (name === null ? [] : [{ kind: field, name }]));
    }
    case 'among':
      return 'number' in tree.of && !tree.items.includes(null)
        ? [{ kind: 'number', name: tree.of.number }]
        : [];
    case 'compare':
      return 'number' in tree.of ? [{ kind: 'number', name: tree.of.number }] : [];
    default:
      return [];
  }
}
