/** Output of the commands. Colour only where a person looks. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** What others named, on one line and without power over the terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** The same of several lines, where a terminal reads them; a file gets what there is. */
export const plainLines = (text: string): string =>
  process.stdout.isTTY
    ? text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd')
    : text;

/** Plain text where the output is no terminal. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** 1234567 as "1,234,567". */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Rows as aligned columns; numbers to the right. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const text = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? formatCount(cell) : cell)));
  const widths = text.reduce<number[]>(
    (all, row) => row.map((cell, at) => Math.max(all[at] ?? 0, cell.length)),
    [],
  );
  return text
    .map((row, line) =>
      row
        .map((cell, at) =>
          typeof rows[line]![at] === 'number' ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
