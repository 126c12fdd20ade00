import type { Fault } from '../../../core/faults.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

/** For who has no session: how to get in. */
export function entrancePage(codeFailed: boolean): string {
  const body = html`<h1>${codeFailed ? 'This code is no longer good' : 'This server does not know you yet'}</h1>
<p>${codeFailed ? 'It was used already, or its time is over.' : 'The pages are open to whoever comes with a code.'} On the machine where the server runs, this prints a fresh address:</p>
<pre>labkeep status</pre>
<p class="quiet">Programs use a token: <code>Authorization: Bearer TOKEN</code>.</p>`;
  return layout('Labkeep', [], body);
}

export function faultPage(fault: Fault, title: string): string {
  const body = html`<h1>${title}</h1>
<p>${fault.message}</p>
<p class="quiet">${fault.advice}</p>`;
  return layout('Labkeep', [], body);
}
