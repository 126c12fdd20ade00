import type { Caller } from '../../../app/caller.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import type { AttemptRecord, FileRecord, JobDetails } from '../../../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import { type Html, html, type Part } from './html.ts';
import { layout } from './layout.ts';
import { type LogTail, logTail } from './log-tail.ts';
import { jobLink, jobName, jobTable, moment, projectHref, spaced, stateWord, took } from './parts.ts';

const childrenShown = 100;

/** One job with everything: what was asked for, what became of it, its files, attempts, children and log. */
export async function jobPage(useCases: UseCases, caller: Caller, place: JobPlace): Promise<string> {
  const job = await useCases.getJob(caller, place);
  const { sentence } = await useCases.explainJob(caller, place);
  const attempts = await useCases.listAttempts(caller, place);
  const children = await useCases.listJobs(caller, {
    project: place.project,
    parent: place.number,
    limit: childrenShown,
  });
  const log = await logTail(useCases, caller, place);
  const ref = writeReference(job);
  const body = html`<h1>${ref} ${jobName(job, job.document.command)}</h1>
<p>${stateWord(job.state)} ${job.reason === null ? null : html`<span class="quiet">${spaced(job.reason)}</span>`}</p>
<p>${sentence}</p>
${list([...facts(job), ...asked(job)])}
${files(job.files)}
${attemptTable(attempts)}
${children.items.length === 0 ? null : html`<h2>Children</h2>${jobTable(children.items)}`}
${logSection(log)}`;
  return layout(
    `${ref} · Labkeep`,
    [html`<a href="${projectHref(job.project)}">${job.project}</a>`, job.number],
    body,
  );
}

type Fact = readonly [name: string, value: Part];

function facts(job: JobDetails): readonly Fact[] {
  const progress =
    job.progress === null ? null : `${Math.round(job.progress.fraction * 100)} % ${job.progress.text ?? ''}`;
  return [
    ['Owner', job.owner],
    ['Task', job.task],
    ['Queue', job.queue],
    ['Priority', job.priority === 0 ? null : job.priority],
    ['Child of', job.parent === null ? null : jobLink(`${job.project}/${job.parent}`)],
    ['Rerun of', job.rerunOf === null ? null : jobLink(job.rerunOf)],
    [
      'After',
      job.document.after.length === 0
        ? null
        : job.document.after.map((it) => html`${jobLink(it.job)} (${it.on}) `),
    ],
    ['Progress', progress],
    ['Exit code', job.exitCode],
    ['Created', moment(job.createdAt)],
    ['Started', job.startedAt === null ? null : moment(job.startedAt)],
    ['Finished', job.finishedAt === null ? null : html`${moment(job.finishedAt)} ${took(job)}`],
    ['Cancel asked', job.cancelRequestedAt === null ? null : moment(job.cancelRequestedAt)],
    ['In the trash', job.trashedAt === null ? null : moment(job.trashedAt)],
  ];
}

function asked({ document }: JobDetails): readonly Fact[] {
  const variables = Object.entries(document.environment).map(([name, value]) => `${name}=${value}`);
  return [
    [
      'Command',
      document.command === null ? null : html`<code>${document.command.map(shellWord).join(' ')}</code>`,
    ],
    ['Directory', document.directory === null ? null : html`<code>${document.directory}</code>`],
    ['Standard input', document.stdin === null ? null : html`<pre>${shortened(document.stdin)}</pre>`],
    ['Environment', variables.length === 0 ? null : html`<pre>${shortened(variables.join('\n'))}</pre>`],
    [
      'Parameters',
      document.parameters === null
        ? null
        : html`<pre>${shortened(JSON.stringify(document.parameters, null, 2))}</pre>`,
    ],
    [
      'Metadata',
      document.metadata === null
        ? null
        : html`<pre>${shortened(JSON.stringify(document.metadata, null, 2))}</pre>`,
    ],
  ];
}

function list(rows: readonly Fact[]): Html {
  const shown = rows.filter(([, value]) => value !== null && value !== '');
  if (shown.length === 0) return html``;
  return html`<dl>${shown.map(
    ([name, value]) => html`
<dt>${name}</dt><dd>${value}</dd>`,
  )}
</dl>`;
}

/** A word as a shell would take it, so that a command can be copied. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function shortened(text: string): string {
  return text.length > 4_000 ? `${text.slice(0, 4_000).toWellFormed()}… (${text.length} characters)` : text;
}

function files(all: readonly FileRecord[]): Html | null {
  if (all.length === 0) return null;
  return html`<h2>Files</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Role</th><th scope="col">Path</th><th scope="col" class="number">Bytes</th><th scope="col">SHA-256</th><th scope="col">Attempt</th></tr></thead>
<tbody>${all.map(
    (file) => html`
<tr><td>${file.role}</td><td class="text"><code>${file.path}</code></td><td class="number">${file.size?.toLocaleString('en') ?? ''}</td><td><code>${file.sha256?.slice(0, 12) ?? ''}</code></td><td>${file.attempt}</td></tr>`,
  )}</tbody>
</table></div>`;
}

function attemptTable(attempts: readonly AttemptRecord[]): Html | null {
  if (attempts.length === 0) return null;
  return html`<h2>Attempts</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Attempt</th><th scope="col">Worker</th><th scope="col">Started (UTC)</th><th scope="col">Took</th><th scope="col">Outcome</th><th scope="col">Exit code</th><th scope="col">What was said</th></tr></thead>
<tbody>${attempts.map(
    (it) => html`
<tr><td>${it.attempt}</td><td>${it.worker}</td><td class="time">${moment(it.startedAt)}</td><td class="time">${took(it)}</td><td>${it.outcome ?? 'running'}${it.reason === null ? null : html` <span class="quiet">${spaced(it.reason)}</span>`}</td><td>${it.exitCode}</td><td class="text">${it.error}</td></tr>`,
  )}</tbody>
</table></div>`;
}

function logSection(log: LogTail): Html | null {
  if (log.text === '') return null;
  return html`<h2>Log</h2>
${log.cut ? html`<p class="quiet">The end of it; all is under <code>labkeep log</code>.</p>` : null}
<pre>${log.text}</pre>`;
}
