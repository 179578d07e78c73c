/** A sleep that can be cut short, also by a ring that came before it. */
import { setTimeout as sleep } from 'node:timers/promises';

export type Alarm = {
  ring(): void;
  /** Returns after `ms` milliseconds, at the next ring, or when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

export function createAlarm(): Alarm {
  let rings = new AbortController();
  return {
    ring: () => rings.abort(),
    async sleep(ms, signal) {
      const either = AbortSignal.any([rings.signal, signal]);
      await sleep(Math.max(0, ms), undefined, { signal: either }).catch(() => undefined);
      rings = new AbortController();
    },
  };
}
