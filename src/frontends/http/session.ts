/** The cookie of a browser session: the text of a token that only this use can show. */
export const sessionMs = 7 * 86_400_000;

/** Cookies do not tell ports apart; so two servers on one machine keep theirs apart by name. */
export function cookieName(port: number | undefined): string {
  return `labkeep_${port ?? 0}`;
}

export function sessionCookie(name: string, token: string, secure: boolean): string {
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionMs / 1_000}${secure ? '; Secure' : ''}`;
}

/** The value of one cookie of a Cookie header. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
