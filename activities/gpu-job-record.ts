/**
 * How a run ended and what was kept of it, beside its results: once it is cleaned up nobody else knows, and a workflow may be
 * lost before it has told.
 */
import path from 'node:path';
import type { JobExit } from '../contracts/job-run.ts';
import { readJson, replace } from '../platform/executors/job-files.ts';

/** What was kept of a run. */
export type KeptResults = {
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** Where the program's list and the files do not say the same, the first of them, and how many. */
  readonly difference: string | null;
  readonly differences: number;
};

type KeptTry = { readonly exit: JobExit; readonly kept: KeptResults };

const fileOf = (directory: string): string => path.join(directory, 'try.json');

/** Notes it in the folder of the results, whole or not at all. */
export const keepTry = (record: KeptTry): void => replace(fileOf(record.kept.directory), record);

/** What was noted in a folder of results; null: nothing, or there is no such folder. */
export const readKeptTry = (directory: string): KeptTry | null => readJson<KeptTry>(fileOf(directory));
