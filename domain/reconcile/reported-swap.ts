/** A line of the repository's open swaps report. */
import type { Layout } from '../swaps/header.ts';
import { elementBySlot, canonicalForm, singleValue, type RecordValues } from '../swaps/record-content.ts';
import { readRecordValues } from '../swaps/values.ts';

export type ReportedSwap = {
  /** UTI, else USI, as reported. */
  readonly key: string;
  /** Line of the report, from 1. */
  readonly line: number;
  /** The report lists it, and says by its action (#26) that it has ended there. */
  readonly isClosed: boolean;
  /** Values by slot, in canonical form. */
  readonly values: RecordValues;
};

/** Actions behind which a swap is open no more in a repository. Source: technical specification v3.2, figure 1. */
const CLOSING = new Set(['TERM', 'EROR', 'PRTO']);

const FORMS = new Map([...elementBySlot].map(([slot, element]) => [slot, canonicalForm(element)] as const));

/**
 * Reads a line of the report.
 * @param slice of the line, one character per byte
 * @returns null when it has no fields to read, or names no swap
 */
export function readReportedSwap(slice: string, layout: Layout, line: number): ReportedSwap | null {
  const found = readRecordValues(slice, layout);
  if (found === null) return null;
  const key =
    singleValue(found, 'uniqueTransactionIdentifierUti') ?? singleValue(found, 'uniqueSwapIdentifierUsi');
  if (key === null) return null;
  const values: Record<string, string | readonly string[]> = {};
  for (const [slot, value] of Object.entries(found)) {
    const form = FORMS.get(slot);
    if (form === undefined) continue;
    values[slot] = form === null ? value : typeof value === 'string' ? form(value) : value.map(form);
  }
  return { key, line, isClosed: CLOSING.has(singleValue(values, 'actionType') ?? ''), values };
}
