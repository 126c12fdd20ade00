/** Something that is done again and again, by what is said when it fails, and when it succeeds after that. */
export interface Repeated {
  readonly failed: string;
  readonly succeeds: string;
  /** It goes elsewhere than to the storage: that nobody answers there says nothing of the storage. */
  readonly apart?: boolean;
}

/** Who repeats something tells here how each time went; the operator hears of what changes, not of each time. */
export interface Troubles {
  failed(what: Repeated, error: unknown): void;
  succeeded(what: Repeated): void;
  /** It is tried no more for now. */
  rests(what: Repeated): void;
}
