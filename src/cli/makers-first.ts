/** Each item after those that make what it needs; where they need each other in a circle, that is as it may be. */
export function makersFirst<T>(items: readonly T[], makersOf: (item: T) => readonly T[]): readonly T[] {
  const ordered = new Set<T>();
  const begun = new Set<T>();
  for (const first of items) {
    const open = [{ item: first, isReady: false }];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { item, isReady } = top;
      if (isReady) ordered.add(item);
      else if (!begun.has(item)) {
        begun.add(item);
        open.push({ item, isReady: true });
        for (const maker of makersOf(item)) open.push({ item: maker, isReady: false });
      }
    }
  }
  return [...ordered];
}
