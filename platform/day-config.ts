/**
 * The day file (TAIN_DAY_FILE): when days are cut, and what they wait for. It is read anew for every day, so that a
 * correction needs no restart.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TainError } from '../contracts/errors.ts';
import { isTimeZone } from '../domain/cftc/calendars/zone.ts';
import {
  DEFAULT_DAY_SETTINGS,
  formatWallTime,
  parseWallTime,
  type DaySettings,
} from '../domain/cftc-day/day-settings.ts';

const wallTime = z.string().transform((text, context) => {
  const minute = parseWallTime(text);
  if (minute !== null) return minute;
  context.addIssue({ code: 'custom', message: 'is no time of day like 17:30' });
  return z.NEVER;
});

const Input = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is no name: a-z, 0-9 and "-", at most 40'),
    file: z.string().min(1).max(200).optional(),
    feed: z.string().min(1).max(40).optional(),
    by: wallTime.optional(),
  })
  .refine(({ file, feed }) => (file === undefined) !== (feed === undefined), {
    message: 'names neither a file nor a feed, or both',
  });

const DayFile = z
  .strictObject({
    calendar: z.string().min(1).max(40).default(DEFAULT_DAY_SETTINGS.calendar),
    zone: z
      .string()
      .refine(isTimeZone, 'is no time zone of the IANA database, like America/New_York')
      .default(DEFAULT_DAY_SETTINGS.zone),
    cut: wallTime.prefault(formatWallTime(DEFAULT_DAY_SETTINGS.cut)),
    expects: z.array(Input).default([]),
  })
  .refine(({ expects }) => new Set(expects.map(({ name }) => name)).size === expects.length, {
    message: 'two inputs have the same name',
    path: ['expects'],
  });

/**
 * The settings of days.
 * @param file undefined: the defaults, and nothing is expected
 * @param calendars ids of the holiday calendars that there are
 * @throws TainError day-file.invalid, naming the file, the place in it and what is wrong; day-file.unreadable
 */
export async function loadDaySettings(
  file: string | undefined,
  calendars: ReadonlySet<string>,
): Promise<DaySettings> {
  if (file === undefined) return DEFAULT_DAY_SETTINGS;
  const fail = (place: string, problem: string): never => {
    throw new TainError('day-file.invalid', { file, place: place || 'the file', problem });
  };
  const parsed = DayFile.safeParse(await readJson(file, fail));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(issue!.path.join('.'), issue!.message);
  }
  const { calendar, zone, cut, expects } = parsed.data;
  if (!calendars.has(calendar))
    return fail('calendar', `there is no calendar ${calendar}, only ${[...calendars].join(', ')}`);
  return {
    calendar,
    zone,
    cut,
    expects: expects.map(({ name, file: pattern, feed, by }) => ({
      name,
      kind: feed === undefined ? 'file' : 'feed',
      expected: (pattern ?? feed)!,
      by: by ?? null,
    })),
  };
}

async function readJson(file: string, fail: (place: string, problem: string) => never): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new TainError('day-file.unreadable', { file, reason }, { cause: error });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return fail('', (error as Error).message);
  }
}
