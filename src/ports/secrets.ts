/** What keeps tokens secret: digests and signatures, in lower-case hexadecimal. */
export interface Secrets {
  /** SHA-256 of the text’s UTF-8. */
  digest(text: string): string;
  /** HMAC-SHA-256 of the text’s UTF-8. */
  sign(key: string, text: string): string;
  /** Whether two texts are equal, in a time that does not tell where they differ. */
  same(one: string, other: string): boolean;
}
