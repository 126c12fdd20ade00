/**
 * Entry files that run as a process or a thread of their own are found beside the file that starts them, under the
 * ending that it has itself: .ts in the repository, .js in the published package.
 */
export function ownFile(path: string, from: string): URL {
  return new URL(`${path}${endingOf(from)}`, from);
}

/** What Node must be told so that such a file finds the client where the repository keeps it. */
export function sourceConditions(from: string): readonly string[] {
  return endingOf(from) === '.ts' ? ['--conditions=labkeep-source'] : [];
}

function endingOf(url: string): string {
  return url.slice(url.lastIndexOf('.'));
}
