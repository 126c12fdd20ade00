import type { DeclarationProblem } from '../core/catalogue/declared.ts';

export interface CatalogueProblem extends DeclarationProblem {
  readonly file: string;
}

/** What is wrong with the files that this server watches, for everybody who looks at the catalogue. */
export class CatalogueProblems {
  readonly #byFile = new Map<string, readonly DeclarationProblem[]>();

  set(file: string, problems: readonly DeclarationProblem[]): void {
    this.#byFile.set(file, problems);
  }

  all(): readonly CatalogueProblem[] {
    return [...this.#byFile].flatMap(([file, problems]) => problems.map((problem) => ({ file, ...problem })));
  }
}
