/**
 * The marker `<name>.done` with which a sender says that `<name>` is complete, and may say what it should contain:
 * nothing, one JSON object, or lines `key=value` or `key: value`. Known keys are rows, bytes and sha256, in any case.
 */
import type { ErrorFacts, ErrorParams } from '../../contracts/errors.ts';

/** Behind the name of a file, the name of the marker that says it is complete. */
export const MARKER_SUFFIX = '.done';

/** What the sender states; null where nothing is said. */
export type DoneMarker = {
  readonly rows: number | null;
  readonly bytes: number | null;
  /** 64 hex digits in lower case. */
  readonly sha256: string | null;
};

/** Why a marker cannot be read: parameters of file.done-unreadable. */
export type MarkerProblem = { readonly problem: 'json' | 'line' | 'value' | 'twice' } & ErrorParams;

const LINE = /^([^=:]+)[=:](.*)$/;
const MAX_SHOWN = 80;

/** Reads a marker's text. Unknown keys are passed over. */
export function parseDoneMarker(text: string): DoneMarker | MarkerProblem {
  const body = text.replace(/^\ufeff/, '').trim();
  const pairs = body.startsWith('{') ? readJson(body) : readLines(body);
  if ('problem' in pairs) return pairs;
  const marker: { -readonly [Key in keyof DoneMarker]: DoneMarker[Key] } = {
    rows: null,
    bytes: null,
    sha256: null,
  };
  for (const [name, value] of pairs) {
    const key = name.trim().toLowerCase();
    if (key !== 'rows' && key !== 'bytes' && key !== 'sha256') continue;
    const stated = key === 'sha256' ? readSha256(value) : readCount(value);
    if (stated === null) return { problem: 'value', key, value: shorten(value) };
    if (marker[key] !== null && marker[key] !== stated) return { problem: 'twice', key };
    Object.assign(marker, { [key]: stated });
  }
  return marker;
}

type Pairs = readonly (readonly [string, string])[];

function readJson(body: string): Pairs | MarkerProblem {
  try {
    const entries = Object.entries(JSON.parse(body) as object);
    return entries.filter(([, value]) => value !== null).map(([key, value]) => [key, toText(value)]);
  } catch {
    return { problem: 'json' };
  }
}

const toText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);

function readLines(body: string): Pairs | MarkerProblem {
  const pairs: [string, string][] = [];
  for (const [index, line] of body.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') continue;
    const match = LINE.exec(line);
    if (!match) return { problem: 'line', line: index + 1 };
    pairs.push([match[1]!, match[2]!]);
  }
  return pairs;
}

function readCount(value: string): number | null {
  const text = value.trim();
  const count = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(count) ? count : null;
}

function readSha256(value: string): string | null {
  const text = value.trim().toLowerCase();
  return /^[0-9a-f]{64}$/.test(text) ? text : null;
}

const shorten = (value: string): string => value.trim().slice(0, MAX_SHOWN).toWellFormed();

/** What can be compared before a file is read as records: its bytes and their hash. Null when nothing disagrees. */
export function findDisagreement(
  file: string,
  marker: DoneMarker,
  actual: { readonly bytes: number; readonly sha256: string },
): ErrorFacts | null {
  for (const what of ['bytes', 'sha256'] as const) {
    const stated = marker[what];
    if (stated !== null && stated !== actual[what]) return disagreement(file, what, stated, actual[what]);
  }
  return null;
}

/** The records behind the header against what the sender stated. Null when nothing was stated, or it is so. */
export function findRowDisagreement(file: string, stated: number | null, rows: number): ErrorFacts | null {
  return stated === null || stated === rows ? null : disagreement(file, 'rows', stated, rows);
}

function disagreement(
  file: string,
  what: string,
  stated: string | number,
  actual: string | number,
): ErrorFacts {
  return { code: 'file.done-disagrees', params: { file, what, stated, actual } };
}
