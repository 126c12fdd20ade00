import { Refusal } from '../program/refusal.ts';
import { Markup } from './markup.ts';

const allowedElements = new Set(['svg', 'title', 'g', 'rect', 'text', 'line', 'path', 'polygon']);

/**
 * An SVG file as markup for the inside of a page. A drawing may hold scripts, links and
 * outside pictures; a page that must not act admits only the shapes that our plots use.
 */
export function parseDrawing(text: string): Markup {
  const svg = text.replace(/^<\?xml[^>]*\?>\s*/, '').trim();
  if (!/^<svg[\s>]/.test(svg) || !svg.endsWith('</svg>')) {
    throw new Refusal('the file is no SVG drawing; expected what composition writes');
  }
  for (const [tag, name = ''] of svg.matchAll(/<\/?([^\s/>]*)[^>]*>/g)) {
    if (!allowedElements.has(name))
      throw new Refusal(`the drawing has a <${name}>, expected shapes and text`);
    if (/\s(on\w+|\w*:?href|style)\s*=/i.test(tag)) {
      throw new Refusal(
        `the drawing has a <${name}> with a link, a style or an action, expected shapes and text`,
      );
    }
  }
  return new Markup(svg);
}
