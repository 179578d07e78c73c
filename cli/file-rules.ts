/** By which rules a file is judged offline. */
import { folderAt, parseFolderDate } from '../contracts/folders.ts';
import type { ProfileName } from '../domain/cftc/profiles.ts';
import { loadConfig } from '../platform/config.ts';
import { openRegisters } from '../platform/registers.ts';
import type { Progress } from './progress.ts';

export type RuleChoice = { readonly profile?: ProfileName; readonly submittedOn?: string };

/**
 * The rules of a command, and how it shows its progress: the day that a file would be submitted on is its folder date, today where none is given.
 * @throws TainError register.unreadable, register.invalid
 */
export async function rulesOf(file: string, { profile, submittedOn }: RuleChoice, progress: Progress) {
  const { TAIN_REGISTER_DIR, TAIN_TIME_ZONE } = loadConfig();
  const registers = await openRegisters(TAIN_REGISTER_DIR);
  const onProgress = (step: string, bytes: number, ofBytes: number): void =>
    progress.show(`${file}: ${step}`, bytes, ofBytes);
  return { profile, submittedOn: submittedOn ?? today(TAIN_TIME_ZONE), registers, onProgress };
}

const today = (timeZone: string): string => parseFolderDate(folderAt(Date.now(), timeZone))!;
