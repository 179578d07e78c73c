/**
 * The verdict on one record: structure, then element formats and code lists of the rule set in force. All failures
 * of the record are named, not only the first. A pure function of (bytes, layout, rule set): intake never looks at
 * other records.
 */
import { parseRecordReference } from '../../contracts/record-reference.ts';
import type { Issue, IssueParams, Verdict } from '../../contracts/issues.ts';
import { BUILT_IN_REGISTERS } from '../cftc/built-in-registers.ts';
import { createValueCheck, type Dialect, type Finding } from '../cftc/check-value.ts';
import type { Element } from '../cftc/elements.ts';
import type { Broken } from '../cftc/conditional-check.ts';
import { elementByKey } from '../cftc/elements.ts';
import { INTAKE_PROFILES, PROFILES, weighIssues, type Profile } from '../cftc/profiles.ts';
import { registerCheckOf, type Registers } from '../cftc/registers.ts';
import { RULES, type RuleId } from '../cftc/rules.ts';
import { ASSET_CLASSES, MESSAGE_TYPES } from '../cftc/scopes.ts';
import { EFFECTIVE_FROM } from '../cftc/specification.ts';
import { decodeUtf8 } from '../csv/decode.ts';
import { RecordCells, splitFields } from '../csv/fields.ts';
import { MAX_RECORD_BYTES, type CsvRecord } from '../csv/split.ts';
import { isReturnColumn, slotOf } from './column-slots.ts';
import { createRecordCheck } from './conditional.ts';
import type { Column, Layout } from './header.ts';
import { cut, makeIssue, toIssue, toRecordIssue, type ColumnLookup } from './issues.ts';
import { limitIssues, MAX_FINDINGS } from './issue-limit.ts';
import { namesWithdrawnCurrency, settleWithdrawnCurrencies } from './withdrawn-currencies.ts';

const MAX_KEY_LENGTH = 100;
const NO_ISSUES: readonly Issue[] = [];
const KEY_SLOTS = ['uniqueTransactionIdentifierUti', 'uniqueSwapIdentifierUsi', 'disseminationIdentifier'];

type CellCheck = (value: string, notation: string | undefined) => Finding | null;

type BoundColumn = {
  readonly column: Column;
  readonly check: CellCheck;
  readonly repeatable: boolean;
  /** Index of the column with the notation that this one is read by, -1 where there is none. */
  readonly notationIndex: number;
  /** The last value that was right: many columns have the same one in record after record. */
  lastGood: string | null;
};

/** Columns whose values repeat together, aligned by position. */
type AlignedSet = { readonly set: string; readonly columns: readonly Column[] };

export type Judge = (record: CsvRecord) => Verdict;

/** Text of a record (one character per byte) as fields, or the rule that its structure breaks. */
export function readFields(
  text: string,
  plain: boolean,
  layout: Layout,
): { fields: string[] } | { ruleId: RuleId; column: Column | null; params: IssueParams } {
  let decoded: string | null = text;
  if (!plain) {
    if (text.includes('\0')) return { ruleId: 'csv.nul-byte', column: null, params: {} };
    decoded = decodeUtf8(text);
    if (decoded === null) return { ruleId: 'csv.not-utf8', column: null, params: {} };
  }
  const fields = splitFields(decoded);
  if (!Array.isArray(fields)) {
    const column = layout.columns[fields.field - 1] ?? null;
    return { ruleId: fields.ruleId, column, params: { field: fields.field } };
  }
  const expected = layout.columns.length;
  if (fields.length !== expected) {
    return { ruleId: 'csv.field-count', column: null, params: { expected, actual: fields.length } };
  }
  return { fields };
}

/** What a verdict depends on beside the record. */
export type JudgeContext = {
  /** How strictly; absent: as the format's records are judged at intake. */
  readonly profile?: Profile | undefined;
  /** Day of submission, YYYY-MM-DD: the rules in force on it. Absent: those in force now. */
  readonly submittedOn?: string | undefined;
  /** What products, entities and markets there are; absent: the built-in ones. */
  readonly registers?: Registers | undefined;
};

/** Makes the judge of a layout; everything that does not depend on the record is looked up here, once. */
export function createJudge(layout: Layout, context: JudgeContext = {}): Judge {
  const { cells, judge } = createCellJudge(layout, context);
  return ({ text, plain, slice, byteLength }) => {
    if (slice === null)
      return refuse('csv.record-too-long', null, { max: MAX_RECORD_BYTES, actual: byteLength });
    if (!plain || !cells.read(text)) {
      const read = readFields(text, plain, layout);
      if (!('fields' in read)) return refuse(read.ruleId, read.column, read.params);
      cells.take(read.fields);
    }
    return judge();
  };
}

/** The judge behind the reading: of a record whose values stand in cells, wherever they came from. */
export type CellJudge = {
  /** To be filled with the values of the next record, one cell per column. */
  readonly cells: RecordCells;
  /** The verdict on what stands in the cells. */
  readonly judge: () => Verdict;
};

/** Makes the judge of values in the cells of a layout: the one that files and feeds share. */
export function createCellJudge(layout: Layout, context: JudgeContext = {}): CellJudge {
  const {
    profile = PROFILES[INTAKE_PROFILES[layout.format]],
    submittedOn = null,
    registers = BUILT_IN_REGISTERS,
  } = context;
  const checkRecord = createRecordCheck(layout, { profile, submittedOn, registers });
  const bound = layout.columns.map((column) =>
    bindColumn(column, layout, profile, { submittedOn, registers }),
  );
  const returned = layout.columns.find(({ slot }) => slot === 'tainRecord') ?? null;
  const sets = alignedSets(layout.columns);
  const keyIndexes = KEY_SLOTS.flatMap((slot) => layout.columns.filter((column) => column.slot === slot)).map(
    (column) => column.index,
  );
  const cells = new RecordCells(layout.columns.length);
  const { columns } = layout;
  const lookup = { columns, byElement: Map.groupBy(columns, ({ element }) => element?.number) };

  const judge = (): Verdict => {
    const found = judgeCells(cells, bound, sets, checkRecord, lookup);
    const corrects = (returned && cells.values[returned.index]) || null;
    const isStrange = corrects !== null && parseRecordReference(corrects) === null;
    const issues = weighIssues(
      isStrange ? [...found, makeIssue('record.correction-reference', returned, corrects, {})] : found,
      profile,
    );
    return {
      accepted: !issues.some(isError),
      key: readKey(cells.values, keyIndexes),
      corrects: corrects && cut(corrects, MAX_KEY_LENGTH),
      issues: limitIssues(issues, sayLeftOut),
    };
  };
  return { cells, judge };
}

const refuse = (ruleId: RuleId, column: Column | null, params: IssueParams): Verdict => ({
  accepted: false,
  key: null,
  corrects: null,
  issues: [makeIssue(ruleId, column, null, params)],
});

const sayLeftOut = (count: number): Issue => makeIssue('record.issues-left-out', null, null, { count });

const isError = (issue: Issue): boolean => issue.severity === 'error';

function judgeCells(
  cells: RecordCells,
  bound: readonly (BoundColumn | null)[],
  sets: readonly AlignedSet[],
  checkRecord: (cells: RecordCells) => Broken[] | null,
  lookup: ColumnLookup,
): readonly Issue[] {
  const { values, filled, filledCount } = cells;
  let issues: Issue[] | null = null;
  let known = 0;
  for (let at = 0; at < filledCount; at += 1) {
    const index = filled[at]!;
    const one = bound[index];
    if (!one) continue;
    known += 1;
    const cell = values[index]!;
    if (cell === one.lastGood) continue;
    const { check, notationIndex } = one;
    const notation = notationIndex < 0 ? undefined : values[notationIndex];
    // Each column that is wrong is named, whatever was said before.
    const most = Math.max(1, MAX_FINDINGS - (issues?.length ?? 0));
    const finding =
      one.repeatable && cell.includes(';') ? checkValues(cell, check, notation, most) : check(cell, notation);
    if (finding === null) {
      if (notationIndex < 0) one.lastGood = cell;
      continue;
    }
    issues ??= [];
    if (Array.isArray(finding)) for (const found of finding) issues.push(toIssue(found, one.column, cell));
    else issues.push(toIssue(finding, one.column, cell));
  }
  if (known === 0) return [makeIssue('record.empty', null, null, {})];
  for (const set of sets) {
    const issue = checkAlignment(set, values);
    if (issue !== null) (issues ??= []).push(issue);
  }
  const broken = checkRecord(cells);
  if (broken !== null) {
    // Where a UPI must stand, no second word is needed that there is none.
    if (issues !== null && broken.some(({ rule }) => rule?.id === 'agrees.87'))
      issues = issues.filter(({ ruleId }) => ruleId !== 'format.upi-shape');
    for (const one of broken) (issues ??= []).push(toRecordIssue(one, lookup, values));
  }
  if (issues === null) return NO_ISSUES;
  if (!namesWithdrawnCurrency(issues)) return issues;
  return settleWithdrawnCurrencies(issues, { columns: lookup.columns, values }, toIssue, MAX_FINDINGS);
}

function checkValues(
  cell: string,
  check: CellCheck,
  notation: string | undefined,
  most: number,
): Finding[] | null {
  const findings: Finding[] = [];
  let rejects = false;
  for (const value of cell.split(';')) {
    const finding = check(value, notation);
    if (finding === null) continue;
    // An error behind a hundred warnings still rejects.
    rejects ||= finding.severity === 'error';
    if (findings.length < most) findings.push(finding);
    else if (finding.severity === 'error') findings[most - 1] = finding;
    if (rejects && findings.length === most) break;
  }
  return findings.length > 0 ? findings : null;
}

function checkAlignment({ set, columns }: AlignedSet, fields: readonly string[]): Issue | null {
  let expected = 0;
  let first: Column | null = null;
  for (const column of columns) {
    const cell = fields[column.index]!;
    if (cell === '') continue;
    const actual = countValues(cell);
    if (first === null) {
      first = column;
      expected = actual;
    } else if (actual !== expected) {
      return makeIssue('record.set-count', column, cell, { set, expected, actual, other: first.name });
    }
  }
  return null;
}

function countValues(cell: string): number {
  let count = 1;
  for (let at = cell.indexOf(';'); at >= 0; at = cell.indexOf(';', at + 1)) count += 1;
  return count;
}

/** What is checked in a column; null when nothing is known of it. */
function bindColumn(
  column: Column,
  layout: Layout,
  { dialect }: Profile,
  { submittedOn, registers }: { readonly submittedOn: string | null; readonly registers: Registers },
): BoundColumn | null {
  const bind = (check: CellCheck, repeatable = false, notationIndex = -1): BoundColumn => ({
    column,
    check,
    repeatable,
    notationIndex,
    lastGood: null,
  });
  if (column.slot === 'messageType') return bind(oneOf(new Set(MESSAGE_TYPES), 'record.message-type'));
  if (column.slot === 'assetClass') return bind(oneOf(new Set(ASSET_CLASSES), 'record.asset-class'));
  const { element } = column;
  if (column.slot === null || isReturnColumn(column)) return null;
  // Before an element was brought in, nobody was asked how to write it. The first version that we know has no before.
  const isEarly = element?.since === '3.2' && submittedOn !== null && submittedOn < EFFECTIVE_FROM['3.2'];
  if (element === null || isEarly) return bind(() => null);

  const notation = element.format.kind === 'notated' ? elementByKey.get(element.format.notation) : undefined;
  const notationSlot = notation ? slotOf(notation, notation.legs ? (column.leg ?? 1) : null) : null;
  const notationIndex = layout.columns.findIndex(({ slot }) => slot !== null && slot === notationSlot);
  return bind(createRegisterCheck(element, dialect, registers), element.repeatable, notationIndex);
}

/** The check of an element's values, and behind it the register that they must be in. */
function createRegisterCheck(element: Element, dialect: Dialect, registers: Registers): CellCheck {
  const check = createValueCheck(element, dialect);
  const look = registerCheckOf(element, registers);
  return look === null ? check : (value, notation) => check(value, notation) ?? look(value, registers);
}

const oneOf =
  (allowed: ReadonlySet<string>, ruleId: RuleId): CellCheck =>
  (value) =>
    allowed.has(value)
      ? null
      : { ruleId, severity: RULES[ruleId].severity, params: { allowed: [...allowed].join(', ') } };

function alignedSets(columns: readonly Column[]): AlignedSet[] {
  const sets = new Map<string, Column[]>();
  for (const column of columns) {
    const set = column.element?.set;
    if (!set) continue;
    const name = column.leg === null ? set : `${set}Leg${column.leg}`;
    sets.set(name, [...(sets.get(name) ?? []), column]);
  }
  return [...sets]
    .filter(([, members]) => members.length > 1)
    .map(([set, members]) => ({ set, columns: members }));
}

function readKey(fields: readonly string[], keyIndexes: readonly number[]): string | null {
  for (const index of keyIndexes) if (fields[index]) return cut(fields[index], MAX_KEY_LENGTH);
  return null;
}
