/** The bytes of a text in base64, whatever blanks and line ends are in it; null where it is none, or has no padding. */
export function readBase64(text: string): Buffer | null {
  const packed = text.replace(/\s+/g, '');
  const isWhole = packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
  return isWhole ? Buffer.from(packed, 'base64') : null;
}
