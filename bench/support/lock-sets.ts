/** What the contestants lock. */

/** One that all share, and one of each one’s own. */
export function sharedSet(index: number): readonly string[] {
  return ['embl:shared', `chado/part-${index}:exclusive`];
}

export function rivalSet(): readonly string[] {
  return ['nr:exclusive'];
}

export async function addDatabases(add: (name: string) => Promise<unknown>): Promise<void> {
  for (const name of ['embl', 'chado', 'nr']) await add(name);
}
