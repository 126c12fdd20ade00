import type { Timers } from '../ports/timers.ts';

export const nodeTimers: Timers = {
  after: (afterMs, act) => {
    const timer = setTimeout(act, afterMs);
    return () => clearTimeout(timer);
  },
};
