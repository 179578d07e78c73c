/**
 * The governor at work: it looks about once a second, decides, and brings the queue of training and what runs in the
 * background in line. What it decided is in Postgres, so that a restart, here or elsewhere, goes on from it; what the
 * server has is compared with it at every look, whoever changed it.
 */
import { Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { GovernorCycle } from '../contracts/priority.ts';
import { QUEUES } from '../contracts/queues.ts';
import {
  auditQueueMended,
  lockGovernor,
  lookAtDatabase,
  overrideOf,
  recordLook,
  recordTraining,
  stateOf,
} from '../db/governor.ts';
import { decide, type Decision, type GovernorState } from '../domain/governor/decide.ts';
import type { Pressure } from '../domain/governor/observation.ts';
import { GOVERNOR_POLICY, type GovernorPolicy } from '../domain/governor/policy.ts';
import { windowAt, type Window } from '../domain/governor/window.ts';
import type { Sql } from '../platform/postgres.ts';
import { readActivityRate, setActivityRate } from '../platform/task-queue-rate.ts';
import { createAlarm } from './alarm.ts';
import { keepBeating } from './heartbeat.ts';
import { holdTraining, type TrainingHold } from './training-hold.ts';

export type GovernorDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly readPressure: () => Promise<Pressure | null>;
  /** When background work may run; absent: always. */
  readonly window?: Window | null;
  /** Instants, in milliseconds, at which open days and deliveries are due; absent: none. */
  readonly readDueTimes?: () => Promise<readonly number[]>;
  /** Whoever runs training; absent: nobody does. */
  readonly training?: TrainingHold;
  readonly policy?: GovernorPolicy;
  readonly lookMs?: number;
  readonly cycleMs?: number;
};

export type GovernorActivities = ReturnType<typeof createGovernorActivities>;

const LOOK_MS = 1000;
const CYCLE_MS = 10 * 60 * 1000;

export function createGovernorActivities(dependencies: GovernorDependencies) {
  const { lookMs = LOOK_MS, cycleMs = CYCLE_MS } = dependencies;
  // Of the process, not of a cycle.
  const begunAt = performance.now();
  return {
    /**
     * Governs for `cycleMs` milliseconds. Safe to retry, and even to run twice: each look reads what was decided last
     * under its lock, and setting the queue to what is wanted changes nothing the second time.
     */
    async govern(): Promise<GovernorCycle> {
      const signal = Context.current().cancellationSignal;
      const until = performance.now() + cycleMs;
      const governor = createLooks(dependencies, begunAt);
      const pause = createAlarm();
      return keepBeating(governor.cycle, async () => {
        for (;;) {
          const began = performance.now();
          await governor.look();
          // A worker that stops wakes us: ending well spares the next attempt its backoff.
          if (performance.now() >= until || signal.aborted) return governor.cycle();
          await pause.sleep(began + lookMs - performance.now(), signal);
        }
      });
    },
  };
}

/** Looks one after the other, and what they remember: how fast WAL grows, and what training was told. */
function createLooks(
  {
    sql,
    client,
    readPressure,
    window = null,
    readDueTimes = async () => [],
    training,
    policy = GOVERNOR_POLICY,
  }: GovernorDependencies,
  begunAt: number,
) {
  let wal: { bytes: number; at: number } | null = null;
  let told: string | null = null;
  let problem: string | null = null;
  /** As set last; undefined at the start, when a difference is nobody's doing: the last governor may have died. */
  let queueRate: number | null | undefined;
  let cycle: GovernorCycle = { level: 'none', reason: null, batchPace: null, looks: 0, failedLooks: 0 };

  async function decideNow(): Promise<Decision> {
    const [{ walBytes, now, feeds, backlogMs }, pressure, dueTimes] = await Promise.all([
      lookAtDatabase(sql),
      readPressure(),
      readDueTimes(),
    ]);
    const seconds = wal === null ? 0 : (now - wal.at) / 1000;
    const walRate = wal !== null && seconds > 0 ? Math.max(0, walBytes - wal.bytes) / seconds : null;
    wal = { bytes: walBytes, at: now };
    // Readers start with us: a feed that was silent while all was down is not blind before it could speak.
    const upMs = performance.now() - begunAt;
    const seen = {
      feeds: feeds.map((feed) => ({
        ...feed,
        // The clock may have been set back since; ours cannot.
        wantedMs: feed.wantedMs < 0 ? upMs : Math.min(feed.wantedMs, upMs),
      })),
      backlogMs,
      pressure,
      dueTimes,
      walRate,
    };
    return sql.begin(async (tx) => {
      const before = await lockGovernor(tx);
      const at = before.now.getTime();
      const inputs = { seen, override: overrideOf(before), window: window && windowAt(window, at) };
      const decision = decide(stateOf(before), inputs, policy, at);
      await recordLook(tx, { before, seen, ...decision });
      return decision;
    });
  }

  /** Brings the queue in line with the level. What fails is told to people and tried again at the next look. */
  async function holdQueue({ held }: GovernorState): Promise<void> {
    const wanted = held.level === 'none' ? null : 0;
    const found = await readActivityRate(client, QUEUES.gpuTraining);
    if (found !== wanted) {
      const reason = held.reason === null ? 'released' : `${held.level}: ${held.reason.code}`;
      await setActivityRate(client, QUEUES.gpuTraining, wanted, `tain governor, ${reason}`);
      log.info('priority.queue', { found, wanted, reason });
      if (queueRate !== undefined && found !== queueRate) await auditQueueMended(sql, found, wanted);
    }
    queueRate = wanted;
  }

  async function tellTraining({ held }: GovernorState): Promise<void> {
    // What is only held may run on.
    const level = held.level === 'hold' ? 'none' : held.level;
    if (!training || told === level) return;
    await holdTraining(training, level, held.reason?.code ?? '');
    told = level;
  }

  return {
    cycle: () => cycle,

    async look(): Promise<void> {
      const { state, actions } = await decideNow();
      for (const action of actions) log.info('priority.changed', { ...action });
      const results = await Promise.allSettled([holdQueue(state), tellTraining(state)]);
      const failed = results.find((result) => result.status === 'rejected');
      const wrong = failed ? String((failed.reason as Error).message).slice(0, 500) : null;
      // Once, not at every look.
      if (wrong !== null && problem === null) log.error('priority.training-unreachable', { problem: wrong });
      problem = wrong;
      const isHeld = results[0].status === 'fulfilled' ? state.held.level !== 'none' : null;
      await recordTraining(sql, isHeld, problem);
      cycle = {
        level: state.held.level,
        reason: state.held.reason?.code ?? null,
        batchPace: state.held.batchPace,
        looks: cycle.looks + 1,
        failedLooks: cycle.failedLooks + (problem === null ? 0 : 1),
      };
    },
  };
}
