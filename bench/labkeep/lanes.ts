/** Calls the handler once per job, so many at once. */
export async function runInLanes<Job>(
  jobs: readonly Job[],
  lanes: number,
  handler: (job: Job) => Promise<void>,
): Promise<void> {
  const rest = jobs.values();
  await Promise.all(
    Array.from({ length: Math.min(lanes, jobs.length) }, async () => {
      for (const job of rest) await handler(job);
    }),
  );
}
