import { mayDo, type Principal } from '../core/access/roles.ts';
import { readReference } from '../core/jobs/reference.ts';

/** Whether the job of a reference is in a project that may be read: ties lead across projects. */
export function mayReadRef({ grants }: Principal, ref: string): boolean {
  return mayDo(grants, 'project.read', readReference(ref, 'ref').project);
}

/** Inputs without the makers that may not be seen. */
export function hideForeign<T extends { readonly madeBy?: { readonly ref: string } | null }>(
  principal: Principal,
  files: readonly T[],
): readonly T[] {
  return files.map((file) => {
    if (file.madeBy == null || mayReadRef(principal, file.madeBy.ref)) return file;
    const { madeBy: _, ...rest } = file;
    return rest as T; // without madeBy, which T leaves open
  });
}
