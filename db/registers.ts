/** Queries on register_set and register_part: the registers that verdicts depend on, kept by their version. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import type { Sql, TransactionSql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import { BUILT_IN_REGISTERS } from '../domain/cftc/built-in-registers.ts';
import { loadRegisters, REGISTER_FILES, type RegisterSource } from '../domain/cftc/load-registers.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import type { SliceHash } from '../domain/csv/split.ts';

/** Bytes of a row: a parameter of a statement is held in memory several times. */
const PART_BYTES = 1024 ** 2;

const createSha256 = (): SliceHash => {
  const hash = createHash('sha256');
  return { update: (piece) => void hash.update(piece, 'latin1'), digest: () => hash.digest('hex') };
};

/** Keeps a set of registers, unless it is kept already; the built-in ones need not be. */
export async function storeRegisters(
  sql: Sql,
  version: string,
  sources: readonly RegisterSource[],
): Promise<void> {
  if (version === BUILT_IN_REGISTERS.version) return;
  const [known] = await sql`select from register_set where version = ${version}`;
  if (known) return;
  await sql.begin(async (tx) => {
    // Of several processes one stores it; the others wait here and find it.
    const entered = await tx`insert into register_set (version) values (${version}) on conflict do nothing`;
    if (entered.count === 0) return;
    for (const { name, content } of sources) {
      let part = 0;
      for await (const bytes of inParts(compress(content()))) {
        await tx`
          insert into register_part (version, name, part, content)
          values (${version}, ${name}, ${part}, ${bytes})`;
        part += 1;
      }
    }
    // A file may change while it is stored: what does not give the version again is worth nothing.
    await readStored(tx, version);
  });
}

/** The last set that was read: one process meets few of them, and each may be large. */
let last: { readonly version: string; readonly registers: Promise<Registers> } | null = null;

/**
 * The registers of a version.
 * @param version null: records from before there were registers are judged with the built-in ones
 * @throws TainError register.unknown when they are not kept, or are not what their version says
 */
export async function registersOf(sql: Sql | TransactionSql, version: string | null): Promise<Registers> {
  if (version === null || version === BUILT_IN_REGISTERS.version) return BUILT_IN_REGISTERS;
  if (last?.version === version) return last.registers;
  const reading = { version, registers: readStored(sql, version) };
  last = reading;
  reading.registers.catch(() => {
    if (last === reading) last = null;
  });
  return reading.registers;
}

async function readStored(sql: Sql | TransactionSql, version: string): Promise<Registers> {
  const rows = await sql<{ name: string }[]>`
    select distinct name from register_part where version = ${version}`;
  const names = new Set(rows.map(({ name }) => name));
  const sources = REGISTER_FILES.filter((name) => names.has(name)).map((name) => ({
    name,
    content: () => readContent(sql, version, name),
  }));
  const loaded = sources.length > 0 ? await loadRegisters(sources, createSha256).catch(nullIfDamaged) : null;
  if (!loaded || 'problem' in loaded || loaded.registers.version !== version)
    throw new TainError('register.unknown', { version });
  return loaded.registers;
}

/** What zlib says of content that is no gzip any more. */
function nullIfDamaged(error: unknown): null {
  if (String((error as NodeJS.ErrnoException).code).startsWith('Z_')) return null;
  throw error;
}

async function* readContent(
  sql: Sql | TransactionSql,
  version: string,
  name: string,
): AsyncGenerator<string> {
  async function* parts(): AsyncGenerator<Buffer> {
    for (let part = 0; ; part += 1) {
      const [row] = await sql<{ content: Buffer }[]>`
        select content from register_part where version = ${version} and name = ${name} and part = ${part}`;
      if (!row) return;
      yield row.content;
    }
  }
  const source = Readable.from(parts());
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  for await (const block of source.pipe(unpacked)) yield (block as Buffer).toString('latin1');
}

async function* compress(content: AsyncIterable<string>): AsyncGenerator<Buffer> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of content) yield Buffer.from(chunk, 'latin1');
  }
  const source = Readable.from(bytes());
  const packed = createGzip({ level: 6 });
  source.on('error', (error) => packed.destroy(error));
  for await (const block of source.pipe(packed)) yield block as Buffer;
}

/** The same bytes in blocks of one size; the last may be shorter. */
async function* inParts(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const block of blocks) {
    held.push(block);
    bytes += block.length;
    if (bytes < PART_BYTES) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(held);
}
