/** Judging the messages of a feed, each by what is in force on the day on which it was received. */
import { setImmediate } from 'node:timers/promises';
import { enterBasis, type JournalEntry } from '../db/feed-journal.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { RULE_SET_VERSION } from '../domain/cftc/elements.ts';
import type { RecordValues } from '../domain/swaps/record-content.ts';
import { createMessageJudge } from '../domain/swaps/judge-message.ts';
import { folderAt, parseFolderDate } from '../contracts/folders.ts';
import type { FeedMessage } from '../platform/feeds/feed-source.ts';
import type { Sql } from '../platform/postgres.ts';

export type JudgedFeedMessage = JournalEntry & {
  /** Null when no record can be read from the bytes. */
  readonly values: RecordValues | null;
};

export type FeedJudge = (messages: readonly FeedMessage[]) => Promise<JudgedFeedMessage[]>;

type DayJudge = {
  readonly judge: ReturnType<typeof createMessageJudge>;
  readonly basisId: number;
};

const DAY_CACHE_MS = 1000;
/** How long messages are judged before others have their turn. */
const TURN_MS = 5;

/**
 * @param timeZone of the folder dates: a feed and a file of one day are judged alike
 */
export function createFeedJudge(sql: Sql, registers: Registers, timeZone: string): FeedJudge {
  const days = new Map<string, Promise<DayJudge>>();
  const open = async (submittedOn: string): Promise<DayJudge> => ({
    judge: createMessageJudge({ submittedOn, registers }),
    basisId: await enterBasis(sql, {
      ruleSetVersion: RULE_SET_VERSION,
      registerVersion: registers.version,
      submittedOn,
    }),
  });
  const judgeOf = (day: string): Promise<DayJudge> => {
    const known = days.get(day);
    if (known) return known;
    const opening = open(day);
    days.set(day, opening);
    opening.catch(() => days.delete(day));
    return opening;
  };
  const dayOf = rememberDay(timeZone);

  return async (messages) => {
    const judged: JudgedFeedMessage[] = [];
    let turnTick = performance.now();
    for (const { position, bytes, receivedAt } of messages) {
      const { judge, basisId } = await judgeOf(dayOf(receivedAt));
      judged.push({ sequence: position.offset, receivedAt, bytes, basisId, ...judge(bytes) });
      // Other feeds of this process, and the heartbeats of all of them, are not to wait for this one.
      if (performance.now() - turnTick < TURN_MS) continue;
      await setImmediate();
      turnTick = performance.now();
    }
    return judged;
  };
}

/** The date of an instant in a zone, asked for once a second: the answer costs more than a verdict. */
function rememberDay(timeZone: string): (ms: number) => string {
  let second = NaN;
  let day = '';
  return (ms) => {
    const now = Math.floor(ms / DAY_CACHE_MS);
    if (now !== second) [second, day] = [now, parseFolderDate(folderAt(ms, timeZone))!];
    return day;
  };
}
