const textLengthMax = 1_000;

/** How far something is, and what of that the server has not been told. */
export class ProgressNews {
  #fraction: number | undefined;
  #text: string | undefined;
  #fresh = false;

  get fresh(): boolean {
    return this.#fresh;
  }

  /** 0 to 1; it never goes backwards. */
  tell(fraction: number, text: string | undefined): void {
    if (!Number.isFinite(fraction)) return;
    this.#fraction = Math.max(this.#fraction ?? 0, Math.min(1, fraction));
    this.#text = text?.slice(0, textLengthMax).toWellFormed() ?? this.#text;
    this.#fresh = true;
  }

  /** What is fresh, which it then is no longer. */
  take(): { readonly fraction?: number; readonly text?: string } {
    const { fraction, text } = { fraction: this.#fraction, text: this.#text };
    const fresh = this.#fresh;
    this.#fresh = false;
    if (!fresh || fraction === undefined) return {};
    return text === undefined ? { fraction } : { fraction, text };
  }

  /** What was taken did not arrive. */
  putBack(): void {
    this.#fresh = this.#fraction !== undefined;
  }
}
