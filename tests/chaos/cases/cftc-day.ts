/**
 * Kills during a CFTC day: the worker that does the day and its deliveries, Temporal, Postgres, or the receiver. The same
 * day is done again and again from the same input and as of the same cut; a kill counts only when it hits a step that
 * is under way. Each day must leave what it leaves undisturbed: every byte of every file, and every message
 * acknowledged once.
 */
import { statSync, watch } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MANIFEST_NAME, sendFolder } from '../../../activities/cftc-day-files.ts';
import { BY_COMMAND_LINE } from '../../../contracts/audit.ts';
import { LIFECYCLES } from '../../../contracts/lifecycles.ts';
import { findDay } from '../../../db/days.ts';
import { createRandom, type Random } from '../../../demo/random.ts';
import { startLifecycle } from '../../../platform/temporal.ts';
import { median } from '../../bench/figures.ts';
import { DAY_DATE } from '../day-input.ts';
import {
  DAY_VICTIMS,
  startDayMachine,
  type DayMachine,
  type DayRun,
  type DayVictim,
} from '../day-machine.ts';
import { measureDay, readOutcome, type DayOutcome } from '../day-outcome.ts';
import { STEPS, type Step, type StepNote } from '../day-steps.ts';
import { RECOVERY_TIMEOUT_MS } from '../processes.ts';
import type { ChaosRequest, ChaosResult } from '../run.ts';

const ROWS = 2400;
/** Evening in New York. */
const CUT_AT = Date.parse('2026-11-21T23:00:00Z');
const DAY_TIMEOUT_MS = 600_000;
const POLL_MS = 3;
const CLOSED_POLL_MS = 250;
const MOST_IDLE_DAYS = 5;

/** A point at which a kill is wanted: within a step, or as the manifest is begun. */
type Point = { readonly step: Step; readonly isManifest: boolean; readonly share: number };

/** How often each is wanted in a day, at least and at most, in the order in which a day comes to them. */
const WANTED: readonly (readonly [Step | 'manifest', number, number])[] = [
  ['cutDay', 0, 1],
  ['cutMessages', 1, 2],
  ['writeFiles', 1, 3],
  ['manifest', 0, 1],
  ['startDeliveries', 0, 1],
  ['deliverFile', 2, 4],
  ['awaitAnswers', 0, 1],
];

const planKills = (random: Random): Point[] =>
  WANTED.flatMap(([name, least, most]) =>
    Array.from({ length: random.int(least, most) }, () => ({
      step: name === 'manifest' ? ('writeFiles' as const) : name,
      isManifest: name === 'manifest',
      share: random.int(0, 999) / 1000,
    })),
  );

export async function chaosCftcDay({ kills, seed, rows = ROWS, say }: ChaosRequest): Promise<ChaosResult> {
  const random = createRandom(seed);
  const done: Record<DayVictim, number> = { worker: 0, temporal: 0, postgres: 0, receiver: 0 };
  const recoveries: Record<DayVictim, number[]> = { worker: [], temporal: [], postgres: [], receiver: [] };
  const hits: Record<string, number> = {};
  const killsSoFar = (): number => Object.values(done).reduce((sum, count) => sum + count, 0);
  const result = { days: 0, records: 0, lost: 0, doubled: 0, differing: 0, unequal: 0, repeats: 0 };
  /** Each has its turn before one has another, as far as the step is one that it can spoil. */
  let next: DayVictim[] = [];
  const pickVictim = (step: Step): DayVictim => {
    const can = (victim: DayVictim): boolean => victim !== 'receiver' || STEPS[step] === STEPS.deliverFile;
    if (!next.some(can)) next = [...next, ...DAY_VICTIMS];
    const victim = random.pick(next.filter(can));
    next.splice(next.indexOf(victim), 1);
    return victim;
  };
  const machine = await startDayMachine({ seed, rows }, CUT_AT);
  try {
    const began = performance.now();
    const calm = await runDay(machine, 'calm', async () => undefined);
    const calmMs = Math.round(performance.now() - began);
    /** How long each step takes, in milliseconds; less and less of one that is over before it is hit. */
    const usual = new Map(Object.entries(calm.durations) as [Step, number][]);
    if (measureDay(calm.outcome, calm.outcome).lost + calm.outcome.wrongSums.length > 0)
      throw new Error(`Undisturbed, the day is not what it should be: ${calm.outcome.wrongSums.join('; ')}`);
    say(
      `undisturbed: ${calm.outcome.messages.size} messages in ${calm.outcome.files.size} files, ${calmMs} ms`,
    );

    let idleDays = 0;
    while (killsSoFar() < kills) {
      const points = planKills(random);
      const before = killsSoFar();
      const name = `day_${result.days + 1}`;
      const { outcome } = await runDay(machine, name, async (run) => {
        for (const point of points) {
          if (killsSoFar() >= kills) return;
          const step = await awaitPoint(run, point, usual);
          if (step === null) continue;
          const victim = pickVictim(point.step);
          const half = (await readdir(path.join(run.dataDir, sendFolder(DAY_DATE)))).filter(isTemporary);
          const begun = Date.now();
          await run.kill(victim);
          const where = point.isManifest ? 'manifest' : point.step;
          done[victim] += 1;
          hits[where] = (hits[where] ?? 0) + 1;
          const files = half.length > 0 ? `, with ${half.join(', ')}` : '';
          say(`kill ${killsSoFar()}: ${victim}, ${begun - step.at} ms into ${where} of ${name}${files}`);
          await awaitProgress(run);
          recoveries[victim].push(Date.now() - begun);
        }
      });
      idleDays = killsSoFar() === before ? idleDays + 1 : 0;
      if (idleDays === MOST_IDLE_DAYS) throw new Error(`${idleDays} days passed without a step to hit.`);
      const distance = measureDay(calm.outcome, outcome);
      for (const wrong of outcome.wrongSums) say(`${name}: ${wrong}`);
      for (const key of ['lost', 'doubled', 'differing', 'unequal'] as const) result[key] += distance[key];
      result.days += 1;
      result.records += outcome.messages.size;
      result.repeats += outcome.repeats;
      say(
        `${name}: ${JSON.stringify({ kills: killsSoFar() - before, ...distance, repeats: outcome.repeats })}`,
      );
    }
    const recoveryMs = Object.fromEntries(
      DAY_VICTIMS.map((victim) => [victim, median(recoveries[victim]) ?? null]),
    );
    return { kills: done, ...result, hits, recoveryMs };
  } finally {
    await machine.stop();
  }
}

/** Does the day to its end, and looks at what it left. */
async function runDay(
  machine: DayMachine,
  name: string,
  disturb: (run: DayRun) => Promise<void>,
): Promise<{ readonly outcome: DayOutcome; readonly durations: Readonly<Partial<Record<Step, number>>> }> {
  const { client } = machine;
  const run = await machine.begin(name);
  await mkdir(path.join(run.dataDir, sendFolder(DAY_DATE)), { recursive: true });
  const workflowId = LIFECYCLES.cftcDay.workflowId(DAY_DATE);
  const args = [{ date: DAY_DATE, by: BY_COMMAND_LINE, reason: 'chaos' }];
  await startLifecycle(client, 'cftcDay', { workflowId, args, summary: name });
  await disturb(run);
  const end = Date.now() + DAY_TIMEOUT_MS;
  while (!(await isClosed(run))) {
    if (Date.now() > end || (await hasFailed(run)))
      throw new Error(`${name} is not closed: ${await describeStand(run)}`);
    await sleep(CLOSED_POLL_MS);
  }
  // The next day has workflows of the same names.
  const deliveries = await run.ask((sql) => sql<{ id: string }[]>`select delivery_id as id from delivery`);
  for (const id of [workflowId, ...deliveries.map((one) => LIFECYCLES.delivery.workflowId(one.id))])
    await client.workflow.getHandle(id).result();
  const outcome = await readOutcome(run);
  const durations = run.steps.durations();
  await run.stop();
  return { outcome, durations };
}

const isClosed = ({ ask }: DayRun): Promise<boolean> =>
  ask(async (sql) => (await findDay(sql, DAY_DATE))?.state === 'closed');

/** Nobody decides anything here: a delivery that waits for somebody waits for good. */
const hasFailed = ({ ask }: DayRun): Promise<boolean> =>
  ask(async (sql) => (await sql`select from delivery where state = 'failed'`).length > 0);

/** For whoever has to find out why a day stands. */
const describeStand = async ({ ask }: DayRun): Promise<string> =>
  JSON.stringify({
    day: await ask((sql) => findDay(sql, DAY_DATE)),
    deliveries: await ask((sql) => sql`select * from delivery`),
    messages: await ask((sql) => sql`select state, count(*) from outbound_message group by state`),
  });

/**
 * Waits until the day is at the point.
 * @param usual how long steps take, in milliseconds; halved of one that was over too soon
 * @returns the step that is under way; null when the day has come past it
 */
async function awaitPoint(
  run: DayRun,
  { step, share, isManifest }: Point,
  usual: Map<Step, number>,
): Promise<StepNote | null> {
  const end = Date.now() + DAY_TIMEOUT_MS;
  let closedAt = Date.now();
  for (;;) {
    if (Date.now() > end) throw new Error(`${step} does not come: ${await describeStand(run)}`);
    const found = run.steps.find(step, run.pidOf('worker'));
    if (found !== undefined) {
      if (isManifest) await manifestBegun(run, found);
      else await sleep(Math.floor(share * (usual.get(step) ?? 0)));
      if (run.steps.isOpen(found) && run.pidOf('worker') === found.pid) return found;
      usual.set(step, (usual.get(step) ?? 0) / 2);
    }
    if (run.steps.isPast(step)) return null;
    if (Date.now() > closedAt) {
      if (await isClosed(run)) return null;
      closedAt = Date.now() + CLOSED_POLL_MS;
    }
    await sleep(POLL_MS);
  }
}

/** Waits until the manifest is begun, or the step has ended. */
async function manifestBegun({ dataDir, steps, pidOf }: DayRun, step: StepNote): Promise<void> {
  let isBegun = false;
  const watcher = watch(path.join(dataDir, sendFolder(DAY_DATE)), (_, name) => {
    if (name?.includes(MANIFEST_NAME)) isBegun = true;
  });
  try {
    while (!isBegun && steps.isOpen(step) && pidOf('worker') === step.pid) await sleep(1);
  } finally {
    watcher.close();
  }
}

/** Waits until a step is begun or comes to its end, something comes to the receiver, or the day is closed. */
async function awaitProgress(run: DayRun): Promise<void> {
  const before = run.steps.moved() + sizeOf(run.stateFile);
  const end = Date.now() + RECOVERY_TIMEOUT_MS;
  while (run.steps.moved() + sizeOf(run.stateFile) === before && !(await isClosed(run))) {
    if (Date.now() > end) throw new Error(`Nothing goes on: ${await describeStand(run)}`);
    await sleep(20);
  }
}

const isTemporary = (name: string): boolean => name.startsWith('.');

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
