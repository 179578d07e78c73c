/** How a record is named across files: `20261121-<32 hex>/41`, the file's id and the record's number in it. */
import { parseFileId, type FileRef } from './lifecycles.ts';

export type RecordReference = { readonly file: FileRef; readonly record: number };

export function formatRecordReference(fileId: string, record: number): string {
  return `${fileId}/${record}`;
}

/** The inverse of `formatRecordReference`; null when the text names no record of a received file. */
export function parseRecordReference(text: string): RecordReference | null {
  const match = /^([^/]+)\/([1-9]\d{0,14})$/.exec(text);
  const file = match && parseFileId(match[1]!);
  return file ? { file, record: Number(match[2]) } : null;
}
