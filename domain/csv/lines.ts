/** Lines of a slice: each line break ends one, and the end of the file the last. */
export function countLines(slice: string): number {
  let lines = slice.endsWith('\n') ? 0 : 1;
  for (let at = slice.indexOf('\n'); at >= 0; at = slice.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
