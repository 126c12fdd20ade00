/** What becomes of one request: `pass` sends it on. */
export type Behaviour = (pass: () => Promise<Response>, init: RequestInit | undefined) => Promise<Response>;

/** A fetch between client and server that may lose, delay or make up answers. */
export function flakyFetch(behave: Behaviour): typeof fetch {
  return (input, init) => behave(() => fetch(input, init), init);
}
