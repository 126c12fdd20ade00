/** The one stylesheet of the pages: system fonts, light and dark, tables that stay readable. */
export const style = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1f24, #e6e8ea);
  --quiet: light-dark(#59636e, #9aa4ae);
  --paper: light-dark(#ffffff, #14171a);
  --line: light-dark(#d8dde2, #2d343b);
  --shade: light-dark(#f5f7f9, #1b2025);
  --link: light-dark(#0a58ca, #7ab0ff);
  --good: light-dark(#14713a, #6fd08c);
  --bad: light-dark(#b3261e, #ff8b80);
  --busy: light-dark(#0a58ca, #7ab0ff);
  --idle: light-dark(#7a5b00, #e0b84c);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto;
  max-width: 72rem;
  padding: 1rem 1.25rem 4rem;
  background: var(--paper);
  color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif;
}
header { display: flex; gap: .5rem; align-items: baseline; padding-bottom: .75rem; border-bottom: 1px solid var(--line); }
header a { font-weight: 600; color: inherit; text-decoration: none; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
a { color: var(--link); text-underline-offset: 2px; }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.quiet { color: var(--quiet); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--quiet); font-size: .85rem; white-space: nowrap; }
td.number, th.number { text-align: right; }
td.time { white-space: nowrap; }
td.text { overflow-wrap: anywhere; min-width: 12rem; }
.state { font-weight: 600; white-space: nowrap; color: var(--quiet); }
.succeeded, .on { color: var(--good); }
.failed, .expired, .denied, .lost, .off { color: var(--bad); }
.running, .offered, .closing, .closed { color: var(--busy); }
td ul { list-style: none; margin: 0; padding: 0; }
.problem { color: var(--bad); overflow-wrap: anywhere; }
.ready, .waiting { color: var(--idle); }
.tag, .rating { display: inline-block; padding: 0 .45rem; border: 1px solid var(--line); border-radius: 999px; font-size: .85em; overflow-wrap: anywhere; }
.rating { font-weight: 600; }
.rating.best, .rating.good { color: var(--good); }
.rating.marginal { color: var(--idle); }
.rating.bad { color: var(--bad); }
.written { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 46rem; }
article { border-left: 3px solid var(--line); padding-left: 1rem; margin: 1rem 0; max-width: 48rem; }
article p { margin: 0 0 .25rem; }
table.narrow { width: auto; }
table.narrow td.number { padding-left: 1.5rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .75rem 0; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; margin: .5rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--shade); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow: auto; max-height: 32rem; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
`;
