/**
 * The rules of sequence over the accepted records of one file. They look at all records of a swap at once, wherever in
 * the file those stand: the records are spilled by swap to a temporary file and folded a partition at a time, so that
 * memory does not grow with the file.
 */
import { hash as digest } from 'node:crypto';
import path from 'node:path';
import type { Issue } from '../contracts/issues.ts';
import { weighIssues, type Profile } from '../domain/cftc/profiles.ts';
import { foldPortfolio } from '../domain/swaps/fold-portfolio.ts';
import { foldSwap, type EventOutcome, type FoldedEvent } from '../domain/swaps/fold-swap.ts';
import type { Layout } from '../domain/swaps/header.ts';
import type { JudgedRecord } from '../domain/swaps/read-file.ts';
import { toSequenceIssue } from '../domain/swaps/sequence-finding.ts';
import { portfolioKeyOf, readSwapEvent, type SwapEvent } from '../domain/swaps/swap-event.ts';
import { readRecordValues, textOfSlice } from '../domain/swaps/values.ts';
import { openSpillFile, type SpillFile } from '../platform/spill-file.ts';
import { onWorkFile } from './on-work-file.ts';

/** Parsed, a partition takes some ten times its bytes. */
const PARTITION_BYTES = 1024 * 1024;
const MAX_PARTITIONS = 1024;

/** Accepted records by what the fold made of them; `unplaced` ones name neither a swap nor a portfolio. */
export type SequenceCounts = Record<EventOutcome['kind'] | 'unplaced', number>;

/** An accepted record with issues of sequence. */
export type SequencedRecord = {
  readonly record: number;
  readonly line: number;
  readonly key: string;
  readonly outcome: EventOutcome['kind'];
  readonly issues: readonly Issue[];
  /** Text of the record, one character per byte. */
  readonly text: string;
};

/** Why a file's sequence is not checked: it is not asked for, or the file does not have what the rules need. */
export type Unchecked = 'off' | 'format' | 'columns';

export type SequenceStage = {
  /** Takes the layout and the decompressed size of the file, before any record. */
  readonly start: (layout: Layout, contentBytes: number) => void;
  /** Takes an accepted record and its number in the file. */
  readonly add: (judged: JudgedRecord, number: number) => void;
  /**
   * Judges what was taken, and hands out the records with issues, swap by swap.
   * @returns how many came to what, or why nothing was judged
   */
  readonly fold: (
    profile: Profile,
    emit: (record: SequencedRecord) => void,
    onProgress?: (partitions: number, ofPartitions: number) => void,
  ) => SequenceCounts | Unchecked;
};

/**
 * Makes the stage for a file, hands it to `use`, and gives its temporary file back.
 * @param enabled false makes a stage that checks nothing
 */
export async function withSequenceStage<Result>(
  location: string,
  enabled: boolean,
  use: (stage: SequenceStage) => Promise<Result>,
): Promise<Result> {
  const stage = createSequenceStage(path.basename(location), enabled);
  try {
    return await use(stage);
  } finally {
    stage.close();
  }
}

type Spilled = { readonly record: number; readonly line: number; readonly slice: string };

/**
 * Makes the stage for a file.
 * @param fileName names the records' places in messages
 */
function createSequenceStage(
  fileName: string,
  enabled: boolean,
): SequenceStage & { readonly close: () => void } {
  let partitions = 1;
  const counts: SequenceCounts = {
    applied: 0,
    duplicate: 0,
    conflict: 0,
    pending: 0,
    violated: 0,
    unplaced: 0,
  };
  let unchecked: Unchecked | null = 'off';
  let layout: Layout;
  let spill: SpillFile | null = null;

  const foldPartition = (number: number, profile: Profile, emit: (record: SequencedRecord) => void): void => {
    const records = new Map<string, Spilled>();
    const subjects = new Map<string, SwapEvent[]>();
    // What a partition still gathers is written before it is read, so that a full disk may show here only.
    for (const spilled of readFrames(onWorkFile(() => spill!.read(number)))) {
      const place = `${fileName}:${spilled.line}`;
      const event = readSwapEvent(readRecordValues(spilled.slice, layout) ?? {}, { place, hash });
      if (event === null) {
        counts.unplaced += 1;
        continue;
      }
      records.set(place, spilled);
      const subject = `${event.subject.kind} ${event.subject.key}`;
      const events = subjects.get(subject);
      if (events) events.push(event);
      else subjects.set(subject, [event]);
    }
    const found: SequencedRecord[] = [];
    for (const events of subjects.values()) {
      for (const folded of outcomesOf(events)) {
        counts[folded.outcome.kind] += 1;
        const described = describe(folded, records.get(folded.event.place)!, profile);
        if (described) found.push(described);
      }
    }
    for (const one of found.sort((left, right) => left.record - right.record)) emit(one);
  };

  return {
    start(given, contentBytes) {
      layout = given;
      partitions = Math.min(MAX_PARTITIONS, Math.max(1, Math.ceil(contentBytes / PARTITION_BYTES)));
      unchecked = enabled ? missingFor(given) : 'off';
    },
    add({ record, verdict }, number) {
      if (unchecked !== null || record.slice === null) return;
      const key = verdict.key ?? portfolioKeyOf(readRecordValues(record.slice, layout) ?? {}) ?? '';
      const frame = writeFrame({ record: number, line: record.line, slice: record.slice });
      onWorkFile(() => {
        spill ??= openSpillFile();
        spill.append(partitionOf(key, partitions), frame);
      });
    },
    fold(profile, emit, onProgress) {
      if (unchecked !== null) return unchecked;
      for (let at = 0; spill && at < partitions; at += 1) {
        onProgress?.(at, partitions);
        foldPartition(at, profile, emit);
      }
      return counts;
    },
    close() {
      spill?.close();
      spill = null;
    },
  };
}

const hash = (text: string): string => digest('sha256', text);

/** Swaps are named in submissions only, and there is no sequence without events. */
function missingFor({ format, columns }: Layout): Unchecked | null {
  if (format !== 'submission') return 'format';
  return columns.some(({ element }) => element?.number === '27') ? null : 'columns';
}

const outcomesOf = (events: readonly SwapEvent[]): readonly FoldedEvent[] =>
  events[0]!.subject.kind === 'swap' ? foldSwap(events, null).outcomes : foldPortfolio(events).outcomes;

/** A pending record is none to report: what begins its swap may be in a file of before. */
function describe(
  { event, outcome }: FoldedEvent,
  { record, line, slice }: Spilled,
  profile: Profile,
): SequencedRecord | null {
  if (outcome.kind === 'pending' || outcome.findings.length === 0) return null;
  const issues = weighIssues(outcome.findings.map(toSequenceIssue), profile);
  return { record, line, key: event.subject.key, outcome: outcome.kind, issues, text: textOfSlice(slice) };
}

/** FNV-1a, 32 bits: spreads keys that differ in their last digits. */
function partitionOf(key: string, partitions: number): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) sum = Math.imul(sum ^ key.charCodeAt(at), 0x01000193);
  return (sum >>> 0) % partitions;
}

/** A line with record number, line and length, and the bytes of the record. */
const writeFrame = ({ record, line, slice }: Spilled): Buffer =>
  Buffer.from(`${record} ${line} ${slice.length}\n${slice}`, 'latin1');

function* readFrames(bytes: Buffer): Generator<Spilled> {
  for (let at = 0; at < bytes.length;) {
    const start = bytes.indexOf('\n', at) + 1;
    const [record, line, length] = bytes
      .toString('latin1', at, start - 1)
      .split(' ')
      .map(Number) as [number, number, number];
    at = start + length;
    yield { record, line, slice: bytes.toString('latin1', start, at) };
  }
}
