/** What the user gave cannot be worked with. The message is one line: what was found, what was expected, what to do next. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
