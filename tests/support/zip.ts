/** Zip archives made by hand, so that they can be wrong in chosen ways. Source: PKWARE APPNOTE 6.3.10, section 4.3. */
import { crc32, deflateRawSync } from 'node:zlib';

type Entry = { readonly name: string; readonly content: Buffer };

type Faults = {
  readonly deflate?: boolean;
  readonly crc?: number;
  readonly encrypted?: boolean;
  readonly method?: number;
  /** Entries that the directory lists; absent: all. */
  readonly listed?: number;
};

const DEFLATE = 8;
const ENCRYPTED = 1;

export function makeZip(
  entries: readonly Entry[],
  { deflate = true, crc, encrypted = false, method, listed = entries.length }: Faults = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const data = deflate ? deflateRawSync(content) : content;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(encrypted ? ENCRYPTED : 0, 2);
    shared.writeUInt16LE(method ?? (deflate ? DEFLATE : 0), 4);
    shared.writeUInt32LE(crc ?? crc32(content), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, Buffer.from(name), data]);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), shared, central, Buffer.from(name)]),
    );
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory.slice(0, listed));
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(listed, 8);
  end.writeUInt16LE(listed, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
