/** Queries on outbound_answer_file: how much of the files of answers of a target was read. */
import type { Sql } from 'postgres';
import type { AnswerFileNote } from '../contracts/outbound.ts';

/** Where the notes on the files of answers of a target are kept. */
export const answerFileNotes = (sql: Sql, target: string) => ({
  /** The notes by the names of the files. */
  async list(): Promise<Map<string, AnswerFileNote>> {
    const rows = await sql<(AnswerFileNote & { name: string })[]>`
      select name, generation, version, size_bytes as "sizeBytes", line_count as "lineCount", sha256, is_read as "isRead"
      from outbound_answer_file where target = ${target}`;
    return new Map(rows.map(({ name, ...note }) => [name, note]));
  },

  /** Notes what is going to be read. @returns false when what was noted before is not what the caller knew */
  async begin(name: string, before: AnswerFileNote | null, note: AnswerFileNote): Promise<boolean> {
    const { generation, version, sizeBytes, lineCount, sha256 } = note;
    const written =
      before === null
        ? await sql`
            insert into outbound_answer_file (target, name, generation, version, size_bytes, line_count, sha256)
            values (${target}, ${name}, ${generation}, ${version}, ${sizeBytes}, ${lineCount}, ${sha256})
            on conflict do nothing`
        : await sql`
            update outbound_answer_file set generation = ${generation}, version = ${version}, size_bytes = ${sizeBytes},
              line_count = ${lineCount}, sha256 = ${sha256}, is_read = false
            where target = ${target} and name = ${name} and generation = ${before.generation}
              and sha256 = ${before.sha256} and is_read = ${before.isRead}`;
    return written.count === 1;
  },

  /** Notes that all of it is stored, unless more was begun since. */
  async end(name: string, { generation, sha256 }: AnswerFileNote): Promise<void> {
    await sql`
      update outbound_answer_file set is_read = true
      where target = ${target} and name = ${name} and generation = ${generation} and sha256 = ${sha256}`;
  },
});
