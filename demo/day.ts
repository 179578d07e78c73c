/**
 * A trading day as a submission file, made from a seed: the same seed, date, number of rows and broken share give the
 * same bytes everywhere. With every record comes the verdict that the validator must give, known from how the record
 * was made. The day is made as it is read: memory does not grow with it.
 */
import { AT, DEMO_HEADER, type Cells } from './columns.ts';
import { createEndOfDay } from './end-of-day.ts';
import { report, type Life } from './events.ts';
import { ALL_PRODUCTS, STORIES } from './lifecycles.ts';
import type { RecordVerdict } from './manifest.ts';
import {
  ACCEPTED_MUTATIONS,
  createDealer,
  ERROR_CELL_MUTATIONS,
  ERROR_MUTATIONS,
  takeAt,
  type CellMutation,
  type ExpectedIssue,
} from './mutations.ts';
import { REMARKS } from './mutations/accepted.ts';
import { isSuccessor } from './mutations/where.ts';
import { createRandom, type Random } from './random.ts';
import { createTradingDay, type TradingDay } from './trading-day.ts';

export { DEMO_HEADER } from './columns.ts';

/** The share of records to be rejected when nobody asks for another. */
export const DEFAULT_BROKEN_SHARE = 0.02;

/** Swaps whose life goes on, at most; a bound on memory and on how far the events of one swap lie apart. */
const MAX_OPEN_LIVES = 512;
const NEW_SWAP_SHARE = 0.72;
const STORY_SHARE = 0.24;
/** When the reports of the end of the day begin, as a share of the rows, and the times of the day. */
const TRADING_SHARE = 0.88;
const TRADING_SECONDS = 79_200;
/** Behind the last report of a trade. */
const END_OF_DAY_START = 79_500;
const END_OF_DAY_SECONDS = 6_600;

const ODD_SHARE = 0.04;
const SECOND_ERROR_SHARE = 0.15;
const REMARK_SHARE = 0.08;
const CRLF_SHARE = 0.1;
const BLANK_LINES_SHARE = 0.005;
const BLANK_LINES: readonly string[] = ['\n', '\r\n', '\n\n', '\r\n\n\r\n'];

/** What a day is made from. */
export type DayRequest = {
  readonly seed: string;
  readonly rows: number;
  /** YYYY-MM-DD */
  readonly date: string;
  /** Share of the records that are broken, from 0 to 1. */
  readonly brokenShare?: number;
};

export type DemoRow = {
  /** The record with its line break and the blank lines behind it, one character per byte. */
  readonly bytes: string;
  readonly expected: RecordVerdict;
};

type SpoiltLine = {
  readonly text: string;
  readonly issues: readonly ExpectedIssue[];
  readonly rejected: boolean;
};

const STORY_WEIGHTS = STORIES.flatMap((story) => Array.from({ length: story.weight }, () => story));

/**
 * Makes the records of a day, exactly `rows` of them. The header is DEMO_HEADER.
 * @throws RangeError when the date is no calendar date
 */
export function* generateDay(request: DayRequest): Generator<DemoRow, void, void> {
  const { seed, rows, date, brokenShare = DEFAULT_BROKEN_SHARE } = request;
  const clean = cleanRecords(createTradingDay(seed, date), rows);
  // Random numbers of its own: the same swaps are traded whatever the broken share is.
  const random = createRandom(`${seed}|${date}|mutations`);
  const spoil = createSpoiler(random, brokenShare);

  let record = 0;
  let line = countLines(DEMO_HEADER);
  for (const each of clean) {
    for (const { text, issues, rejected } of spoil(each)) {
      if (record === rows) return;
      record += 1;
      line += 1;
      const end = lineEnd(random, record === rows);
      yield {
        bytes: text + end,
        expected: { record, line, verdict: rejected ? 'rejected' : 'accepted', issues },
      };
      line += Math.max(0, countLines(end) - 1);
    }
  }
}

/** The line break behind a record and sometimes blank lines; the last record may end without one. */
function lineEnd(random: Random, isLast: boolean): string {
  const lineBreak = random.chance(CRLF_SHARE) ? '\r\n' : '\n';
  if (isLast && random.chance(0.5)) return '';
  return random.chance(BLANK_LINES_SHARE) ? lineBreak + random.pick(BLANK_LINES) : lineBreak;
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

type CleanRecord = {
  readonly cells: Cells;
  /** Nothing else of the day says the same of the swap: it may say it in an unusual way. */
  readonly alone: boolean;
};

/** The day as it would be if nobody made mistakes: the trades and their events, then the reports of the evening. */
function* cleanRecords(day: TradingDay, rows: number): Generator<CleanRecord, void, void> {
  const endOfDay = createEndOfDay(day);
  const lives: OpenLife[] = [];
  const trading = Math.ceil(rows * TRADING_SHARE);
  for (let row = 0; row < trading; row += 1) {
    day.now = Math.floor((row / trading) * TRADING_SECONDS);
    const next = continueLife(day, lives);
    yield next === null
      ? startLife(day, lives, endOfDay.remember)
      : { cells: next, alone: isSuccessor(next) };
  }
  for (let row = trading; row < rows; row += 1) {
    day.now = END_OF_DAY_START + Math.floor(((row - trading) / (rows - trading)) * END_OF_DAY_SECONDS);
    yield { cells: endOfDay.next(), alone: true };
  }
}

/** Two events of a swap are never in the same second: nobody could tell which came first. */
type OpenLife = { readonly events: Life; lastEventAt: number };

/** The next event of one of the swaps whose life goes on; null when a new swap is to be traded. */
function continueLife(day: TradingDay, lives: OpenLife[]): Cells | null {
  const { random } = day;
  if (lives.length < MAX_OPEN_LIVES && random.chance(NEW_SWAP_SHARE)) return null;
  while (lives.length > 0) {
    const at = random.int(0, lives.length - 1);
    const life = lives[at]!;
    if (life.lastEventAt >= day.now) return null;
    life.lastEventAt = day.now;
    const event = life.events.next();
    if (!event.done) return event.value;
    takeAt(lives, at);
  }
  return null;
}

function startLife(day: TradingDay, lives: OpenLife[], remember: (swap: Cells) => void): CleanRecord {
  const { random } = day;
  if (!random.chance(STORY_SHARE)) {
    const swap = report(day, random.pick(ALL_PRODUCTS).trade(day), 'NEWT TRAD');
    remember(swap);
    return { cells: swap, alone: true };
  }
  const story = random.pick(STORY_WEIGHTS);
  const events = story.tell(day, random.pick(story.products).trade(day));
  lives.push({ events, lastEventAt: day.now });
  return { cells: events.next().value!, alone: false };
}

/** Turns clean cells into the line or lines of the file. */
function createSpoiler(random: Random, brokenShare: number): (clean: CleanRecord) => readonly SpoiltLine[] {
  const dealError = createDealer(ERROR_MUTATIONS, random);
  const dealSecond = createDealer(ERROR_CELL_MUTATIONS, random);
  const dealAccepted = createDealer(ACCEPTED_MUTATIONS, random);

  const breakCells = (cells: Cells): readonly SpoiltLine[] => {
    // Lines can be broken whatever stands in them.
    const first = dealError(cells)!;
    if ('ruleIds' in first) {
      return first.apply(cells, random).map(({ text, issue }) => ({ text, issues: [issue], rejected: true }));
    }
    first.apply(cells, random);
    if (!canMeet(first) || !random.chance(SECOND_ERROR_SHARE)) return [asLine(cells, first.issues, true)];
    const second = dealSecond(cells);
    if (second === null || second.slots.some((slot) => first.slots.includes(slot)))
      return [asLine(cells, first.issues, true)];
    second.apply(cells, random);
    return [asLine(cells, [...first.issues, ...second.issues], true)];
  };

  return ({ cells, alone }) => {
    if (random.chance(REMARK_SHARE)) cells[AT.remark] = random.pick(REMARKS);
    if (random.chance(brokenShare)) return breakCells(cells);
    if (!alone || !random.chance(ODD_SHARE)) return [asLine(cells, [], false)];
    const odd = dealAccepted(cells);
    if (odd === null) return [asLine(cells, [], false)];
    odd.apply(cells, random);
    return [asLine(cells, odd.issues, false)];
  };
}

const SINGLE: ReadonlySet<unknown> = new Set(ERROR_CELL_MUTATIONS);

/** Can something else be wrong in the same record without changing what this breaks? */
const canMeet = (mutation: CellMutation): boolean => SINGLE.has(mutation);

const asLine = (cells: Cells, issues: readonly ExpectedIssue[], rejected: boolean): SpoiltLine => ({
  text: cells.join(','),
  issues,
  rejected,
});
