/** Compares the verdicts on a file with its ground truth, record by record. */
import type { ManifestIssue, ManifestSummary, RecordVerdict } from './manifest.ts';

const MAX_DIFFERENCES = 20;

export type ManifestDifference = {
  readonly record: number;
  readonly line: number;
  /** Null when the file has no such record. */
  readonly expected: string | null;
  /** Null when there is no verdict on the record. */
  readonly actual: string | null;
};

export type ManifestComparison = {
  readonly summary: ManifestSummary;
  /** Records compared. */
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  /** How many records differ in all. */
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly ManifestDifference[];
};

type Source<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Compares verdicts with a manifest. Issues are compared as a set with repetitions: their order says nothing.
 * @param actual verdicts in the order of their records
 * @param manifestLines lines of the manifest, with or without line breaks
 * @throws Error when the manifest has no summary
 */
export async function checkManifest(
  actual: Source<RecordVerdict>,
  manifestLines: Source<string>,
): Promise<ManifestComparison> {
  const lines = iterate(manifestLines);
  const first = await lines.next();
  if (first.done) throw new Error('The manifest is empty.');
  const summary = JSON.parse(first.value) as ManifestSummary;
  const named = readNamed(lines);
  const tally = createTally();
  let next = await named.next();
  let lastLine = 1;

  for await (const found of actual) {
    tally.count(found);
    const record = tally.records;
    const isNext = !next.done && next.value.record === record;
    // Of a record that the manifest does not name the line is not known, only that it lies behind the one before.
    const line = isNext
      ? (next.value as RecordVerdict).line
      : found.line > lastLine
        ? found.line
        : lastLine + 1;
    const expected: RecordVerdict = isNext
      ? (next.value as RecordVerdict)
      : { record, line, verdict: 'accepted', issues: [] };
    lastLine = line;
    if (isNext) next = await named.next();
    if (record > summary.rows) tally.differ(found.record, found.line, null, describe(found));
    else if (describe(found) !== describe(expected))
      tally.differ(record, line, describe(expected), describe(found));
  }
  for (let record = tally.records + 1; record <= summary.rows; record += 1) {
    const isNext = !next.done && next.value.record === record;
    const expected = isNext ? (next.value as RecordVerdict) : null;
    tally.differ(record, expected?.line ?? 0, expected ? describe(expected) : 'a record', null);
    if (isNext) next = await named.next();
  }
  return tally.finish(summary);
}

function createTally(): {
  records: number;
  count(found: RecordVerdict): void;
  differ(record: number, line: number, expected: string | null, actual: string | null): void;
  finish(summary: ManifestSummary): ManifestComparison;
} {
  const differences: ManifestDifference[] = [];
  const counts = { accepted: 0, rejected: 0 };
  let differing = 0;
  return {
    records: 0,
    count(found) {
      this.records += 1;
      counts[found.verdict] += 1;
    },
    differ(record, line, expected, actual) {
      differing += 1;
      if (differences.length < MAX_DIFFERENCES) differences.push({ record, line, expected, actual });
    },
    finish(summary) {
      return { summary, records: this.records, ...counts, differing, differences };
    },
  };
}

/** A verdict in one line; equal verdicts give equal lines. */
function describe({ record, line, verdict, issues }: RecordVerdict): string {
  const head = `record ${record}, line ${line}: ${verdict}`;
  return issues.length === 0 ? head : `${head}, ${issues.map(describeIssue).sort().join(', ')}`;
}

const describeIssue = ({ ruleId, element }: ManifestIssue): string =>
  element === null ? ruleId : `${ruleId} #${element}`;

async function* iterate<T>(source: Source<T>): AsyncGenerator<T, void, void> {
  yield* source;
}

async function* readNamed(
  lines: AsyncGenerator<string, void, void>,
): AsyncGenerator<RecordVerdict, void, void> {
  for await (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as RecordVerdict;
}
