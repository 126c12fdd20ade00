import type { DrainFigures, LatencyFigures } from './measure.ts';

/** The runs of one contestant, in one setting. */
export interface ContestantRuns {
  readonly name: string;
  readonly drains: readonly DrainFigures[];
  readonly latencies: readonly LatencyFigures[];
  /** Why it was not run. */
  readonly absent?: string;
}

interface Column {
  readonly title: string;
  cell(runs: ContestantRuns, reference: ContestantRuns): string;
}

const columns: readonly Column[] = [
  { title: 'contestant', cell: ({ name }) => name },
  { title: 'version', cell: (runs) => figuresOf(runs)[0]?.version ?? '' },
  { title: 'insert s', cell: ({ drains }) => shown(medianOf(drains, 'insertSeconds'), 2) },
  { title: 'drain jobs/s', cell: ({ drains }) => shown(medianOf(drains, 'drainJobsPerSecond'), 0) },
  {
    title: 'ratio',
    cell: ({ drains }, reference) =>
      ratio(medianOf(drains, 'drainJobsPerSecond'), medianOf(reference.drains, 'drainJobsPerSecond')),
  },
  { title: 'cpu µs/job', cell: ({ drains }) => shown(medianOf(drains, 'cpuMicrosPerJob'), 0) },
  { title: 'idle p50 ms', cell: ({ latencies }) => shown(medianOf(latencies, 'p50Ms'), 1) },
  { title: 'idle p95 ms', cell: ({ latencies }) => shown(medianOf(latencies, 'p95Ms'), 1) },
  { title: 'rss MB', cell: (runs) => shown(medianOf(figuresOf(runs), 'rssMb'), 0) },
  { title: 'spread', cell: ({ drains }) => shown(spread(drains.map((one) => one.drainJobsPerSecond)), 2) },
  {
    title: 'runs',
    cell: ({ drains, latencies, absent }) =>
      absent === undefined ? String(Math.max(drains.length, latencies.length)) : 'not run',
  },
];

/**
 * A Markdown table of medians, with the settings of each contestant below. A ratio is that of the drain to the
 * reference's, so more than 1 is faster than it; the spread is (largest − smallest) / median of the drains. Columns
 * of which nothing was measured are left out.
 */
export function contestTable(contestants: readonly ContestantRuns[], referenceName: string): string {
  const reference = contestants.find(({ name }) => name === referenceName);
  if (reference === undefined) throw new Error(`there are no runs of ${referenceName} to compare with`);
  const rows = contestants.map((runs) => columns.map((column) => column.cell(runs, reference)));
  const measured = columns.map((_, index) => rows.some((cells) => cells[index] !== ''));
  const kept = (cells: readonly string[]) => cells.filter((_, index) => measured[index]);
  const settings = contestants.map((runs) => `- ${runs.name}: ${settingsOf(runs)}`);
  return [markdownTable(kept(titles(referenceName)), rows.map(kept)), '', ...settings, ''].join('\n');
}

function settingsOf(runs: ContestantRuns): string {
  if (runs.absent !== undefined) return `not run: ${runs.absent}`;
  return figuresOf(runs)[0]?.settings ?? 'not run';
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, index) => (index === 0 ? '---' : '--:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new Error('no values to take a median of');
  return (low + high) / 2;
}

/** How far repeated runs lie apart, as a share of their median. */
export function spread(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** "2.4 ×", or nothing where either was not measured. */
export function ratio(value: number | undefined, reference: number | undefined): string {
  return value === undefined || reference === undefined ? '' : `${(value / reference).toFixed(2)} ×`;
}

function titles(referenceName: string): string[] {
  return columns.map(({ title }) => (title === 'ratio' ? `× ${referenceName}` : title));
}

function figuresOf({ drains, latencies }: ContestantRuns): readonly (DrainFigures | LatencyFigures)[] {
  return [...drains, ...latencies];
}

function medianOf<Key extends string>(
  runs: readonly Readonly<Record<Key, number>>[],
  key: Key,
): number | undefined {
  return runs.length === 0 ? undefined : median(runs.map((run) => run[key]));
}

function shown(value: number | undefined, digits: number): string {
  return value === undefined ? '' : value.toFixed(digits);
}
