/** The folders of the front-end processor: `<data dir>/yyyymmdd/rec` for what arrives. */

/** "20261121" as "2026-11-21"; null when the folder's name is no calendar date. */
export function parseFolderDate(folder: string): string | null {
  if (!/^\d{8}$/.test(folder)) return null;
  const [year, month, day] = [folder.slice(0, 4), folder.slice(4, 6), folder.slice(6, 8)];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isReal = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isReal && Number(year) >= 1900 ? `${year}-${month}-${day}` : null;
}

/** "2026-11-21" as "20261121". */
export function formatFolderDate(date: string): string {
  return date.replaceAll('-', '');
}

/** Where files of a day arrive, relative to the data directory. */
export function inboxFolder(folder: string): string {
  return `${folder}/rec`;
}

/** The folder of an instant in a zone: which day's files arrive at `now` (milliseconds since 1970). */
export function folderAt(now: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return formatFolderDate(parts.format(now));
}
