import type { Caller } from '../../../app/caller.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import { commandText } from '../../../core/jobs/command-text.ts';
import {
  type AttemptRecord,
  filesShown,
  type JobDetails,
  type JobRecord,
  type LateReport,
  type Progress,
} from '../../../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import { countsText, expectedEnd, progressOfRun } from '../../../core/tasks/progress.ts';
import { commentSection, numbers } from './annotations.ts';
import { filesSection } from './files.ts';
import { type Html, html, type Part } from './html.ts';
import { layout } from './layout.ts';
import { type LogTail, logTail } from './log-tail.ts';
import {
  jobLink,
  jobName,
  jobTable,
  moment,
  projectHref,
  ratingWord,
  spaced,
  stateWord,
  tagWords,
  took,
} from './parts.ts';

const childrenShown = 100;
const commentsShown = 100;

/** One job with everything: what was asked for, what became of it, what is said of it, its files, children and log. */
export async function jobPage(useCases: UseCases, caller: Caller, place: JobPlace): Promise<string> {
  const job = await useCases.getJob(caller, place);
  const { sentence } = await useCases.explainJob(caller, place);
  const attempts = await useCases.listAttempts(caller, place);
  const late = await useCases.listLateReports(caller, place);
  const children = await useCases.listJobs(caller, {
    project: place.project,
    parent: place.number,
    limit: childrenShown,
  });
  const comments =
    job.comments === 0 ? [] : (await useCases.listComments(caller, place, { limit: commentsShown })).items;
  const log = await logTail(useCases, caller, place);
  const ref = writeReference(job);
  const body = html`<h1>${ref} ${jobName(job, job.document.command)}</h1>
<p>${stateWord(job.state)} ${job.reason === null ? null : html`<span class="quiet">${spaced(job.reason)}</span>`}</p>
<p>${sentence}</p>
${list([...facts(job), ...asked(job)])}
${numbers(job)}
${commentSection(comments, job.comments)}
${filesSection(job.files)}
${job.files.length < filesShown ? null : html`<p class="quiet">The first ${filesShown}; all are under <code>labkeep show --json</code>.</p>`}
${childrenSection(job, children.items, children.next !== null)}
${attemptTable(attempts)}
${lateTable(late)}
${logSection(log)}`;
  return layout(
    `${ref} · Labkeep`,
    [html`<a href="${projectHref(job.project)}">${job.project}</a>`, job.number],
    body,
  );
}

function progressLine(job: JobRecord, progress: Progress | null): Part {
  if (progress === null) return null;
  const { fraction, text, counts } = progress;
  const said = [
    `${Math.floor(fraction * 100)} %`,
    ...(text === null ? [] : [text]),
    ...(counts === null ? [] : [countsText(counts)]),
  ].join(', ');
  const end = expectedEnd(job, progress);
  return end === null ? said : html`${said} <span class="quiet">until about ${moment(end)}</span>`;
}

type Fact = readonly [name: string, value: Part];

function facts(job: JobDetails): readonly Fact[] {
  return [
    ['Rating', ratingWord(job.rating)],
    ['Tags', job.tags.length === 0 ? null : tagWords(job.tags)],
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
    ['Progress', job.progress === null ? null : progressLine(job, progressOfRun(job, job.progress))],
    ...ran(job),
    ['Exit code', job.exitCode],
    ['Created', moment(job.createdAt)],
    ['Started', job.startedAt === null ? null : moment(job.startedAt)],
    ['Finished', job.finishedAt === null ? null : html`${moment(job.finishedAt)} ${took(job)}`],
    ['Cancel asked', job.cancelRequestedAt === null ? null : moment(job.cancelRequestedAt)],
    ['In the trash', job.trashedAt === null ? null : moment(job.trashedAt)],
  ];
}

/** Where and by what the last attempt was run. */
function ran({ run }: JobDetails): readonly Fact[] {
  if (run === null) return [];
  const { host, account, executable, version } = run;
  const digest = executable?.sha256?.slice(0, 12) ?? null;
  return [
    ['Ran on', [host ?? [], account === null ? [] : `as ${account}`].flat().join(', ') || null],
    [
      'Program',
      executable === null ? null : html`<code>${executable.path}</code> <span class="quiet">${digest}</span>`,
    ],
    ['Version', version],
  ];
}

function childrenSection(job: JobDetails, children: readonly JobRecord[], more: boolean): Html | null {
  if (children.length === 0) return null;
  const { open = 0, succeeded = 0, failed = 0, cancelled = 0 } = job.children ?? {};
  const counted = Object.entries({ unfinished: open, succeeded, failed, cancelled })
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`);
  return html`<h2>Children</h2>
<p class="quiet">${counted.join(', ')}${more ? `; the first ${children.length} are shown` : ''}</p>
${jobTable(children)}`;
}

function asked({ document }: JobDetails): readonly Fact[] {
  const variables = Object.entries(document.environment).map(([name, value]) => `${name}=${value}`);
  return [
    ['Command', document.command === null ? null : html`<code>${commandText(document.command)}</code>`],
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

function shortened(text: string): string {
  return text.length > 4_000 ? `${text.slice(0, 4_000).toWellFormed()}… (${text.length} characters)` : text;
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

function lateTable(late: readonly LateReport[]): Html | null {
  if (late.length === 0) return null;
  return html`<h2>Late reports</h2>
<p class="quiet">These came after their attempts were over, and changed nothing.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Attempt</th><th scope="col">Came (UTC)</th><th scope="col">Outcome</th><th scope="col">Exit code</th><th scope="col">Outputs</th><th scope="col">What was said</th></tr></thead>
<tbody>${late.map(
    (it) => html`
<tr><td>${it.attempt}</td><td class="time">${moment(it.at)}</td><td>${it.outcome}${it.reason === null ? null : html` <span class="quiet">${spaced(it.reason)}</span>`}</td><td>${it.exitCode}</td><td class="text">${it.outputs.join(', ')}</td><td class="text">${it.error}</td></tr>`,
  )}</tbody>
</table></div>`;
}

function logSection(log: LogTail): Html | null {
  if (log.text === '') return null;
  return html`<h2>Log</h2>
${log.cut ? html`<p class="quiet">The end of it; all is under <code>labkeep log</code>.</p>` : null}
<pre>${log.text}</pre>`;
}
