/**
 * The steps of a CFTC day: wait for inputs → cut → stragglers → messages → files → delivery → answers. Where a day stands
 * is in Postgres; each step looks there first, so that whoever comes second finds it done.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { BY_CFTC_DAY } from '../contracts/audit.ts';
import type { CftcDayInput, DayChange, DayStand, DayWait, DayWaiver } from '../contracts/cftc-day.ts';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import type { DayState } from '../contracts/outbound.ts';
import * as cut from '../db/cut.ts';
import * as days from '../db/days.ts';
import { lookForInputs, waiveInput } from '../db/day-inputs.ts';
import { listMessageGroups } from '../db/day-messages.ts';
import { hashText } from '../db/ledger-subjects.ts';
import { readOpenSwaps } from '../db/open-swaps.ts';
import { listOpenStates } from '../db/message-states.ts';
import type { Tables } from '../domain/cftc/built-in-tables.ts';
import { RULE_SET_VERSION } from '../domain/cftc/elements.ts';
import { RULE_CATALOGUE } from '../domain/cftc/rule-catalogue.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import { inputDueAt } from '../domain/cftc-day/day-settings.ts';
import { createMessageChoice } from '../domain/cftc-day/message-choice.ts';
import { owesValuation } from '../domain/cftc-day/owed-valuations.ts';
import { loadDaySettings } from '../platform/day-config.ts';
import type { Sql } from '../platform/postgres.ts';
import { openTables } from '../platform/tables.ts';
import { cutMessages } from './cftc-day-messages.ts';
import { removeFormerFiles, writeDayFiles } from './cftc-day-files.ts';
import { createDeliveryStart, createDueStart } from './cftc-day-deliveries.ts';
import { createAlarm } from './alarm.ts';
import { withFailures } from './failures.ts';
import { keepBeating } from './heartbeat.ts';
import { createRegisterShelf } from './registers.ts';

export type CftcDayDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly dataDir: string;
  readonly dayFile?: string | undefined;
  readonly tableDir?: string | undefined;
  readonly registerDir?: string | undefined;
  /** #22 of all messages; absent: what each record says. */
  readonly submitter?: string | undefined;
  /** Write the files of a day as Parquet too; absent: no. */
  readonly parquet?: boolean;
  /** Names of the targets of part 45 files; absent: there are none. */
  readonly listTargets?: () => Promise<readonly string[]>;
  /** Milliseconds since 1970; absent: the clock of this machine. */
  readonly now?: () => number;
  /** Between two looks at what is waited for, and how long one activity waits. */
  readonly lookMs?: number;
  readonly cycleMs?: number;
  readonly eventsPerBatch?: number;
};

export type CftcDayActivities = ReturnType<typeof createCftcDayActivities>;

const LOOK_MS = 1000;
const CYCLE_MS = 10 * 60 * 1000;
/** Cuts come a minute after each other; who waits much longer has a clock that was ahead. */
const WORTH_SAYING_MS = 5 * 60 * 1000;
const CATALOGUE_HASH = hashText(JSON.stringify(RULE_CATALOGUE));

export function createCftcDayActivities(dependencies: CftcDayDependencies) {
  const { sql, dataDir, now = Date.now, lookMs = LOOK_MS, cycleMs = CYCLE_MS } = dependencies;
  const shelf = createRegisterShelf(sql, dependencies.registerDir);
  const tables = (): Promise<Tables> => openTables(dependencies.tableDir);
  const startDue = createDueStart(dependencies);
  const startDeliveries = createDeliveryStart({ sql, startDue, listTargets: dependencies.listTargets });

  /** Looks until nothing is waited for, or something else than was seen, or for as long as one activity waits. */
  const wait = async (seen: readonly string[], look: () => Promise<readonly string[]>): Promise<DayWait> => {
    const signal = Context.current().cancellationSignal;
    const until = performance.now() + cycleMs;
    const pause = createAlarm();
    let waiting: readonly string[] = [];
    return keepBeating(
      () => ({ waiting }),
      async () => {
        for (;;) {
          waiting = await look();
          if (waiting.length === 0) return { done: true, waiting };
          const isNews = waiting.join('\n') !== seen.join('\n');
          if (isNews || performance.now() >= until || signal.aborted) return { done: false, waiting };
          await pause.sleep(lookMs, signal);
        }
      },
    );
  };

  /** The cut of a day as it stands. @throws TainError day.not-found, day.superseded */
  const versionOf = async (date: string): Promise<days.DayVersionRow> => {
    const day = await days.requireDay(sql, date);
    const version = await days.findVersion(sql, day);
    if (version === null) throw new TainError('day.superseded', { date, version: day.version });
    return version;
  };

  return withFailures({
    /** Enters the day with what it waits for. Safe to retry: a day is entered once. */
    async openDay({ date, by, reason }: CftcDayInput): Promise<void> {
      const settings = await loadDaySettings(
        dependencies.dayFile,
        new Set((await tables()).calendars.keys()),
      );
      const inputs = settings.expects.map((input) => ({
        ...input,
        dueAt: inputDueAt(input, date, settings.zone),
      }));
      await days.openDay(sql, date, by, { inputs, reason });
    },

    /** Safe to retry: it reads. */
    async readStand(date: string): Promise<DayStand> {
      return days.readStand(sql, date);
    },

    /** Waits for inputs, and until the days before are cut. Safe to retry: looking changes what is there to the same. */
    async awaitInputs(date: string, seen: readonly string[]): Promise<DayWait> {
      return wait(seen, async () => {
        const inputs = await lookForInputs(sql, date, now());
        const before = await days.listOpenBefore(sql, date);
        return [
          ...inputs.filter(({ state }) => state === 'waiting').map(({ name }) => name),
          ...before.map((one) => `day ${one}`),
        ];
      });
    },

    /**
     * Freezes which events belong to the day. Safe to retry: a version is cut once.
     * @returns milliseconds to wait when the cut before was a moment ago, else 0
     */
    async cutDay(date: string): Promise<number> {
      const registers = await keepBeating(noDetails, shelf.current);
      const basis = {
        submitter: dependencies.submitter ?? null,
        rule_set_version: RULE_SET_VERSION,
        register_version: registers.version,
        catalogue_hash: CATALOGUE_HASH,
      };
      const result = await keepBeating(noDetails, () => cut.cutDay(sql, date, basis, now()));
      if (result.kind !== 'too-soon') return 0;
      if (result.waitMs > WORTH_SAYING_MS) {
        const earliest = formatInstant(now() + result.waitMs);
        await days.noteProblem(sql, date, new TainError('day.clock-behind', { date, earliest }));
      }
      return result.waitMs;
    },

    /** Waits until the ledger has all of the files that were cut, and the days before have their messages. Safe to retry: it reads. */
    async awaitStragglers(date: string, seen: readonly string[]): Promise<DayWait> {
      return wait(seen, async () => [
        ...(await cut.listStragglers(sql, date)),
        ...(await days.listUnmadeBefore(sql, date)).map((one) => `day ${one}`),
      ]);
    },

    /**
     * Makes a message of each event that is ours to report. Safe to retry: it goes on from the checkpoint, which moves in
     * the transaction of the messages.
     */
    async cutMessages(date: string): Promise<number> {
      const context = Context.current();
      let messages = 0;
      const version = await keepBeating(
        () => ({ messages }),
        async () => {
          const found = await versionOf(date);
          return cutMessages({
            sql,
            version: found,
            choose: createMessageChoice(await tables(), await shelf.ofVersion(found.register_version)),
            signal: context.cancellationSignal,
            onProgress: (so) => context.heartbeat({ messages: (messages = so) }),
            ...(dependencies.eventsPerBatch && { eventsPerBatch: dependencies.eventsPerBatch }),
          });
        },
      );
      log.info('day.messages', { date, messages: version.message_count });
      return version.message_count;
    },

    /**
     * Looks whether there is anything to report of a day whose cut is empty, and with which nothing leaves of other days.
     * Safe to retry: it finds the same.
     * @returns false when there is not, and why is kept with the day
     */
    async judgeDay(date: string): Promise<boolean> {
      const version = await versionOf(date);
      if (version.accepted_count + version.message_count > 0) return true;
      if ((await listMessageGroups(sql, date, version.version)).length > 0) return true;
      const loaded = await tables();
      let owed = 0;
      let first = '';
      await keepBeating(
        () => ({ owed }),
        async () => {
          for await (const page of readOpenSwaps(sql))
            for (const { key, state } of page) {
              if (!owesValuation(state, date, loaded)) continue;
              if ((owed += 1) === 1) first = key;
            }
        },
      );
      if (owed === 0) await days.noteProblem(sql, date, { code: 'day.nothing-to-report', params: { date } });
      else
        await days.leaveIncomplete(sql, date, { code: 'day.valuations-owed', params: { date, owed, first } });
      return false;
    },

    /** Writes the files and says so. Safe to retry: written again they have the same bytes. */
    async writeFiles(date: string): Promise<number> {
      const context = Context.current();
      let messages = 0;
      return keepBeating(
        () => ({ messages }),
        async () => {
          const version = await versionOf(date);
          const files = await writeDayFiles({
            sql,
            dataDir,
            version,
            parquet: dependencies.parquet ?? false,
            signal: context.cancellationSignal,
            onProgress: (so) => context.heartbeat({ messages: (messages = so) }),
          });
          await sql.begin(async (tx) => {
            if (!(await days.moveDay(tx, date, 'cut', 'reported'))) return;
            const after = {
              version: version.version,
              files: files.map(({ name, sha256 }) => ({ name, sha256 })),
            };
            await days.auditDay(tx, 'day.reported', date, { by: BY_CFTC_DAY, after });
          });
          return files.length;
        },
      );
    },

    /** Sends every file on its way to every target. Safe to retry: a delivery that is known is not begun again. */
    async startDeliveries(date: string): Promise<number> {
      return keepBeating(noDetails, () => startDeliveries(date));
    },

    /**
     * Begins what waits for other files, takes up deliveries whose workflow has ended before they did, waits until every
     * message is answered, and closes the day. Safe to retry: a closed day stays closed.
     */
    async awaitAnswers(date: string, seen: readonly string[]): Promise<DayWait> {
      return wait(seen, async () => {
        if (await days.closeAnswered(sql, date)) return [];
        const { version, state, problem_code } = await days.requireDay(sql, date);
        if (state !== 'delivering') return [];
        await startDue(date, version);
        if (problem_code !== null) await days.noteProblem(sql, date, null);
        return (await listOpenStates(sql, date, version)).map((name) => `messages that are ${name}`);
      });
    },

    /** Waits until somebody decides about a day that rests. Safe to retry: it reads. */
    async awaitDecision(
      date: string,
      seen: readonly string[],
      stand: Pick<DayStand, 'state' | 'version'>,
    ): Promise<DayWait> {
      return wait(seen, async () => {
        const { state, version } = await days.requireDay(sql, date);
        return state === stand.state && version === stand.version ? ['a decision'] : [];
      });
    },

    /** Keeps why a day cannot go on. Safe to retry: it says the same again. */
    async leaveIncomplete(date: string, problem: ErrorFacts): Promise<void> {
      await days.leaveIncomplete(sql, date, problem);
    },

    /** Safe to retry: an input is waived once. */
    async waiveInput(date: string, { name, by, reason }: DayWaiver): Promise<void> {
      await waiveInput(sql, { date, name }, by, reason);
    },

    /** Safe to retry: a day is closed once. */
    async closeDay(date: string, { by, reason }: DayChange): Promise<DayState> {
      return days.closeDay(sql, date, by, reason);
    },

    /** Safe to retry: a day that is open again stays so, and what is left of its files is removed. */
    async reopenDay(date: string, { by, reason }: DayChange): Promise<DayState> {
      const paths = await keepBeating(noDetails, () => days.reopenDay(sql, date, by, reason));
      for (const file of paths) await rm(path.join(dataDir, file), { force: true });
      await removeFormerFiles(dataDir, date, (await days.requireDay(sql, date)).version);
      return 'open';
    },
  });
}

const noDetails = (): undefined => undefined;
