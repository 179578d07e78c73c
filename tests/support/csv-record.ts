/** A record as the splitter hands it out, from its text alone. */
import type { CsvRecord } from '../../domain/csv/split.ts';

export const record = (text: string, plain = true): CsvRecord => ({
  line: 1,
  lines: 1,
  offset: 0,
  byteLength: text.length,
  slice: text,
  text,
  plain,
  sha256: null,
});
