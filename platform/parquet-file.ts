/**
 * Tables as Parquet files, written a group of rows at a time: no more than one group is in memory. Columns are texts,
 * where blank means absent, but for counts, which are whole numbers.
 */
import { ByteWriter, ParquetWriter, type ColumnSource } from 'hyparquet-writer';
import { writeWholeFile, type WrittenFile } from './report-file.ts';

export type ParquetTable = {
  readonly columns: readonly string[];
  /** Those of the columns that hold whole numbers. */
  readonly counts: readonly string[];
};

/** Rows of a group: with 250 columns of a few characters some ten megabytes. */
const GROUP_ROWS = 5000;

/**
 * Writes a Parquet file. Groups have the same rows however these come in batches, so that equal rows make equal files.
 * @param batches rows with a field per column
 * @throws the system's error, as when the disk is full; nothing is left then
 */
export const writeParquetFile = (
  location: string,
  table: ParquetTable,
  batches: AsyncIterable<readonly (readonly string[])[]>,
): Promise<WrittenFile> =>
  writeWholeFile(location, async (append) => {
    const isCount = table.columns.map((name) => table.counts.includes(name));
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({
      writer: bytes,
      schema: [
        { name: 'root', num_children: table.columns.length },
        ...table.columns.map((name, at) =>
          isCount[at]
            ? ({ name, type: 'INT64', repetition_type: 'OPTIONAL' } as const)
            : ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const),
        ),
      ],
      createdBy: 'tain',
    });
    /** What was written so far, less what the writer needs to know of it. */
    const flush = async (): Promise<void> => {
      const part = bytes.getBytes().slice();
      bytes.index = 0;
      await append(part);
    };
    let rowCount = 0;
    let group: (readonly string[])[] = [];
    const writeGroup = async (): Promise<void> => {
      if (group.length === 0) return;
      const rows = group;
      group = [];
      const columnData: ColumnSource[] = table.columns.map((name, at) => ({
        name,
        // For readers that look for single pages; it would be kept for every column of every group until the end.
        offsetIndex: false,
        data: rows.map((row) => (row[at] ? (isCount[at] ? BigInt(row[at]) : row[at]) : null)),
      }));
      await writer.write({ columnData, rowGroupSize: GROUP_ROWS });
      await flush();
    };
    for await (const batch of batches) {
      for (const row of batch) {
        group.push(row);
        rowCount += 1;
        if (group.length === GROUP_ROWS) await writeGroup();
      }
    }
    await writeGroup();
    await writer.finish();
    await flush();
    return rowCount;
  });
