/** Who reads the output: the language of the terminal's locale and the time zone of the reader. */
import { DEFAULT_LANGUAGE, LANGUAGES, type Language } from '../contracts/texts/shape.ts';

/** A POSIX locale: language, territory, character set, modifier, as in ko_KR.UTF-8@x. */
const LOCALE = /^([a-z]{2,3})(?:_[a-z]{2,3})?(?:\.([a-z0-9-]+))?(?:@.*)?$/i;

/**
 * The language of messages: LC_ALL before LC_MESSAGES before LANG, empty ones being absent. A character set that is
 * not UTF-8 could not show Korean, and gets English.
 */
export function readerLanguage(env: Record<string, string | undefined> = process.env): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  const [, name, characters = 'UTF-8'] = LOCALE.exec(locale) ?? [];
  if (!/^utf-?8$/i.test(characters)) return DEFAULT_LANGUAGE;
  return LANGUAGES.find((language) => language === name?.toLowerCase()) ?? DEFAULT_LANGUAGE;
}

/** The reader's zone (TZ, or the machine's). One without a name of the IANA database is shown as UTC. */
function readerTimeZone(): string {
  // The types promise a name, but Intl has none for TZ=KST-9.
  const zone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && zone !== 'Etc/Unknown' ? zone : 'UTC';
}

/** An instant (ISO 8601) in the reader's zone, with the zone named: "2026-11-21 15:42:10 Asia/Seoul". */
export function formatTime(instant: string, timeZone: string = readerTimeZone()): string {
  // The Swedish way to write date and time is the ISO one.
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone });
  return `${format.format(new Date(instant))} ${timeZone}`;
}
