import type { Actor, Page } from '../storage.ts';

/** Jobs to be: what is asked for again and again, under a name in its project. */
export interface TemplateRecord {
  readonly name: string;
  /** A posted job, as it was given. */
  readonly job: unknown;
  readonly owner: string;
  readonly updatedAt: number;
}

export interface TemplateStorage {
  /** Makes a template, or replaces it; its owner stays who made it. */
  saveTemplate(params: {
    readonly by: Actor;
    readonly project: string;
    readonly name: string;
    readonly job: unknown;
  }): Promise<TemplateRecord>;
  getTemplate(params: { readonly project: string; readonly name: string }): Promise<TemplateRecord>;
  /** By name. */
  listTemplates(params: {
    readonly project: string;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<TemplateRecord>>;
  removeTemplate(params: {
    readonly by: Actor;
    readonly project: string;
    readonly name: string;
  }): Promise<void>;
}
