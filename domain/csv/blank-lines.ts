/** Blank lines: they belong to the record before them, at the start of a file to the header. */
const LF = 10;
const CR = 13;

/** Skips line breaks from `from`; `undecided` when the data ends in a CR that may become a CRLF. */
export function skipBlankLines(
  data: string,
  from: number,
): { readonly end: number; readonly lines: number; readonly undecided: boolean } {
  let end = from;
  let lines = 0;
  for (;;) {
    const code = data.charCodeAt(end);
    if (code === LF) end += 1;
    else if (code === CR && data.charCodeAt(end + 1) === LF) end += 2;
    else return { end, lines, undecided: code === CR && end + 1 === data.length };
    lines += 1;
  }
}
