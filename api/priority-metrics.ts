/** What is held, for Prometheus. */
import { Gauge, type Registry } from 'prom-client';
import { HOLD_LEVELS } from '../contracts/priority.ts';
import { lookedMsAgo } from '../db/governor-alarms.ts';
import { readGovernor } from '../db/governor.ts';
import type { Sql } from '../platform/postgres.ts';
import { askSeldom } from './patience.ts';
import { pacesNow } from './views/priority.ts';

/** Whoever asks, and however many: the governor's row is read once in this time. */
const STATE_AGE_MS = 1000;

export function registerPriorityMetrics(registry: Registry, sql: Sql): void {
  const read = askSeldom(STATE_AGE_MS, () => readGovernor(sql));
  const gauge = (name: string, help: string, labels: string[], set: (gauge: Gauge) => Promise<void>): void =>
    void new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      async collect() {
        this.reset();
        // Without the database the other figures are wanted all the more.
        await set(this).catch(() => undefined);
      },
    });

  gauge(
    'tain_hold_level',
    'What is held: 0 nothing, 1 held, 2 training frozen, 3 preempted.',
    [],
    async (of) => of.set(HOLD_LEVELS.indexOf((await read()).level)),
  );
  gauge(
    'tain_pace_bytes',
    'WAL that work may write, bytes a second; absent: unlimited.',
    ['work'],
    async (of) => {
      for (const [work, pace] of Object.entries(pacesNow(await read())))
        if (pace !== null) of.set({ work }, pace);
    },
  );
  gauge(
    'tain_governor_age_seconds',
    'Time since the governor looked; absent: never, or not known.',
    [],
    async (of) => {
      const looked = lookedMsAgo(await read());
      if (looked !== null && looked >= 0) of.set(looked / 1000);
    },
  );
}
