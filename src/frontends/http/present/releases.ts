import type { ReleaseRecord } from '../../../ports/records/releases.ts';
import type { Release } from '../schemas/releases.ts';
import { timeText, timeTextOrNull } from './times.ts';

export function presentRelease(it: ReleaseRecord): Release {
  return { ...it, begunAt: timeText(it.begunAt), publishedAt: timeTextOrNull(it.publishedAt) };
}
