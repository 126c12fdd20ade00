import { classKey, type JobClass } from '../../core/dispatch/classes.ts';

/** A project’s name and a class’s body never change once given, so what was read of them may be kept. */
export class Known {
  readonly #projects = new Map<number, string>();
  readonly #classes = new Map<number, JobClass>();
  readonly #classIds = new Map<string, number>();

  projectName(id: number): string {
    const name = this.#projects.get(id);
    if (name === undefined) throw new Error(`project ${id} was not read before`);
    return name;
  }

  hasProject(id: number): boolean {
    return this.#projects.has(id);
  }

  rememberProject(id: number, name: string): void {
    this.#projects.set(id, name);
  }

  classOf(id: number): JobClass | undefined {
    return this.#classes.get(id);
  }

  classId(key: string): number | undefined {
    return this.#classIds.get(key);
  }

  rememberClass(id: number, it: JobClass): void {
    this.#classes.set(id, it);
    this.#classIds.set(classKey(it), id);
  }

  /** After a rollback: what the transaction had inserted is not there. */
  forget(): void {
    this.#projects.clear();
    this.#classes.clear();
    this.#classIds.clear();
  }
}
