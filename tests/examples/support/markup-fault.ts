/** Complains about the first tag that is not closed in its place, or the first stray `<` or `&`. */
export function fault(xml: string): string | undefined {
  const open: string[] = [];
  const text = xml.replace(/^<\?xml [^?]*\?>\n/, '').replace(/^<!doctype html>\n/, '');
  const element = /<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    element.lastIndex = at;
    const found = element.exec(text);
    if (found === null) return `no tag: ${text.slice(at, at + 40)}`;
    const [tag, closing, name = '', , empty] = found;
    if (closing !== '' && open.pop() !== name) return `closes what is not open: ${tag}`;
    if (closing === '' && empty === '') open.push(name);
    at += tag.length;
  }
  const entity = /&(?!(?:amp|lt|gt|quot|#\d+);).{0,20}/.exec(text);
  if (entity !== null) return `no entity: ${entity[0]}`;
  return open.length > 0 ? `left open: ${open.join(' ')}` : undefined;
}
