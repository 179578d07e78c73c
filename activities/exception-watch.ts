/**
 * The watch over what needs a person: it looks every few seconds, notes what came and went, and tells the configured
 * address of it. What it knows is in Postgres, so that a restart, here or elsewhere, goes on from it.
 */
import { Context, log } from '@temporalio/activity';
import { alertId, type Alert, type WatchCycle } from '../contracts/exception-watch.ts';
import { describeException } from '../contracts/texts/describe-exceptions.ts';
import { recordSight, recordTold, recordUntold, takeAlert, type DueAlert } from '../db/exception-watch.ts';
import { findCauses, isSettled, readNotes, type DeskTables } from '../db/exceptions.ts';
import type { Sql } from '../platform/postgres.ts';
import { postAlert, type AlertTarget } from '../platform/post-alert.ts';
import { createAlarm } from './alarm.ts';
import { keepBeating } from './heartbeat.ts';

export type ExceptionWatchDependencies = {
  readonly sql: Sql;
  readonly tables: DeskTables;
  /** Null: nobody is told. */
  readonly target: AlertTarget | null;
  readonly lookMs?: number;
  readonly cycleMs?: number;
  /** Between the first two tries of an alert; doubled with every further one. */
  readonly pauseMs?: number;
  /** Instant in milliseconds. */
  readonly now?: () => number;
};

export type ExceptionWatchActivities = ReturnType<typeof createExceptionWatchActivities>;

const LOOK_MS = 10_000;
const CYCLE_MS = 10 * 60 * 1000;
const PAUSE_MS = 5000;
const MAX_PAUSE_MS = 10 * 60 * 1000;
const LOOK_SHARE = 9;
/** Alerts that are sent between two looks. */
const ALERTS_PER_LOOK = 100;

export function createExceptionWatchActivities(dependencies: ExceptionWatchDependencies) {
  const { lookMs = LOOK_MS, cycleMs = CYCLE_MS } = dependencies;
  return {
    /**
     * Watches for `cycleMs` milliseconds. Safe to retry, and even to run twice: what came is counted under the row of its
     * cause, and an alert is taken by one at a time; one whose taker died before it could note the answer is sent again,
     * under the same id.
     */
    async watchExceptions(): Promise<WatchCycle> {
      const signal = Context.current().cancellationSignal;
      const until = performance.now() + cycleMs;
      const watch = createWatch(dependencies);
      const pause = createAlarm();
      return keepBeating(watch.cycle, async () => {
        for (;;) {
          const began = performance.now();
          await watch.look(signal);
          // A worker that stops wakes us: ending well spares the next attempt its backoff.
          if (performance.now() >= until || signal.aborted) return watch.cycle();
          // However long a look takes on a large ledger, it is a tenth of the time at most.
          const tookMs = performance.now() - began;
          await pause.sleep(Math.max(lookMs - tookMs, LOOK_SHARE * tookMs), signal);
        }
      });
    },
  };
}

function createWatch({
  sql,
  tables,
  target,
  pauseMs = PAUSE_MS,
  now = Date.now,
}: ExceptionWatchDependencies) {
  let cycle: WatchCycle = { looks: 0, present: 0, alerts: 0, failedAlerts: 0 };

  /** @returns whether the other side took it */
  async function tell(to: AlertTarget, due: DueAlert): Promise<boolean> {
    try {
      await postAlert(to, alertOf(due));
    } catch (error) {
      const problem = String((error as Error).message).slice(0, 500);
      // Once per appearance and not at every try.
      if (due.attempts === 1)
        log.warn('exceptions.alert-failed', { key: due.key, event: due.event, problem });
      await recordUntold(sql, due, problem);
      return false;
    }
    await recordTold(sql, due);
    return true;
  }

  /** Sends what is due. Behind one that is not taken, the others wait for the next look: the address may be down. */
  async function tellAll(to: AlertTarget, signal: AbortSignal): Promise<void> {
    // Long enough that nobody takes an alert that another one is still sending.
    const pauses = { pauseMs: Math.max(pauseMs, 2 * to.timeoutMs), maxPauseMs: MAX_PAUSE_MS };
    for (let sent = 0; sent < ALERTS_PER_LOOK && !signal.aborted; sent += 1) {
      const due = await takeAlert(sql, pauses);
      if (due === null) return;
      const isTold = await tell(to, due);
      cycle = isTold
        ? { ...cycle, alerts: cycle.alerts + 1 }
        : { ...cycle, failedAlerts: cycle.failedAlerts + 1 };
      if (!isTold) return;
    }
  }

  return {
    cycle: () => cycle,

    async look(signal: AbortSignal): Promise<void> {
      const { causes, cut } = await findCauses(sql, tables, now());
      const notes = await readNotes(
        sql,
        causes.map(({ key }) => key),
      );
      const settled = new Set(
        causes.filter((cause) => isSettled(cause, notes.get(cause.key))).map(({ key }) => key),
      );
      await recordSight(sql, causes, { settled, cut: cut.map(({ kind }) => kind) });
      cycle = { ...cycle, looks: cycle.looks + 1, present: causes.length - settled.size };
      if (target !== null) await tellAll(target, signal);
    },
  };
}

function alertOf({ key, appearance, event, telling, cause, at }: DueAlert): Alert {
  const [en, ko] = [describeException(cause, 'en'), describeException(cause, 'ko')];
  const { kind, count, deadline, links } = cause;
  return {
    id: alertId(key, appearance, event, telling),
    ...{ event, key, kind, count },
    at: at.toISOString(),
    deadline: deadline === null ? null : new Date(deadline).toISOString(),
    title: { en: en.title, ko: ko.title },
    remedy: { en: en.remedy, ko: ko.remedy },
    links,
  };
}
