import type { Attempts } from './attempts.ts';
import type { Report } from './job-attempt.ts';
import { LabkeepError } from './labkeep-error.ts';
import type { Offer } from './types.ts';
import { type Patience, untilAnswered } from './until-answered.ts';

/** Reports an end until the server has it, has said that it will never take it, or the patience is over. */
export async function deliver(
  { attempt, epoch, job }: Offer,
  report: Report,
  attempts: Pick<Attempts, 'finish'>,
  patience: Patience,
): Promise<void> {
  const finish = async (said: Report): Promise<void> => {
    const request = { attempts: [{ attempt, epoch, ...said }] };
    const { results } = await untilAnswered(patience, (options) => attempts.finish(request, options));
    for (const { applied, code } of results) if (!applied) patience.onTrouble(late(job, code));
  };
  try {
    await finish(report).catch(async (error: unknown) => {
      if (!(error instanceof LabkeepError) || error.status !== 400) throw error;
      // The end is worth more than what is said of it: a path that the server will not have must not cost it.
      patience.onTrouble(error);
      const { outcome, reason } = report;
      await finish({ outcome, reason });
    });
  } catch (error) {
    if (error instanceof LabkeepError) patience.onTrouble(error);
    else if (!patience.signal.aborted) throw error;
  }
}

function late(job: string, code: string | null): LabkeepError {
  return new LabkeepError({
    code: code ?? 'epoch_stale',
    detail: `The report of ${job} came too late and changed nothing.`,
  });
}
