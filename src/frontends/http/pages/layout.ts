import { type Html, html, type Part } from './html.ts';

/** One whole page. `trail` leads from the projects to here. */
export function layout(title: string, trail: readonly Part[], body: Part): string {
  const page: Html = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/">Labkeep</a>${trail.map((step) => html` <span class="quiet" aria-hidden="true">/</span> ${step}`)}</header>
<main>
${body}
</main>
</body>
</html>
`;
  return page.text;
}
