import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withFile } from '../../platform/file-blocks.ts';
import { detectCompression, readContent } from '../../platform/file-content.ts';
import { inspectContent } from '../../platform/file-inspection.ts';
import { openRawFile } from '../../platform/raw-file.ts';
import { createUtf8Check } from '../../platform/utf8.ts';
import { HEADER, makeFile, useDataDir } from '../support/files.ts';
import { makeZip } from '../support/zip.ts';

const files = useDataDir();
let made = 0;

async function write(content: Buffer): Promise<string> {
  made += 1;
  const location = path.join(files.dataDir, `content-${made}`);
  await writeFile(location, content);
  return location;
}

async function inspect(content: Buffer, contentMaxBytes = 1024 ** 3) {
  const location = await write(content);
  const file = { name: 'file', sizeBytes: content.length, sha256: sha256Of(content) };
  return withFile(location, null, (handle) =>
    inspectContent(handle, file, { contentMaxBytes, onBlock: () => undefined }),
  );
}

async function read(content: Buffer, offset = 0): Promise<Buffer> {
  return withFile(await write(content), null, async (handle) => {
    const compression = await detectCompression(handle);
    const blocks: Buffer[] = [];
    for await (const block of readContent(handle, { name: 'file', compression, offset })) {
      blocks.push(Buffer.from(block));
    }
    return Buffer.concat(blocks);
  });
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const CSV = Buffer.from(makeFile(3000));
const ENTRY = [{ name: 'a.csv', content: CSV }];

describe('the content of a file', () => {
  it.each([
    ['plain', CSV],
    ['gzip', gzipSync(CSV)],
    ['gzip in two members', Buffer.concat([gzipSync(CSV.subarray(0, 5000)), gzipSync(CSV.subarray(5000))])],
    ['gzip with padding', Buffer.concat([gzipSync(CSV), Buffer.alloc(600_000)])],
    ['a zip archive', makeZip(ENTRY)],
    ['a zip archive that stores', makeZip(ENTRY, { deflate: false })],
  ])('is read from %s, from the start and from the middle', async (_, file) => {
    expect((await read(file)).equals(CSV)).toBe(true);
    expect((await read(file, 70_001)).equals(CSV.subarray(70_001))).toBe(true);
  });

  it('is hashed and measured behind its compression', async () => {
    const found = await inspect(gzipSync(CSV));

    expect(found).toMatchObject({
      compression: 'gzip',
      contentBytes: CSV.length,
      contentSha256: sha256Of(CSV),
      format: 'submission',
    });
  });

  it.each([
    ['a gzip file that was cut off', gzipSync(CSV).subarray(0, 5000), 'file.compression-broken'],
    ['a gzip file with a flipped byte', flipped(gzipSync(CSV), 5000), 'file.compression-broken'],
    ['a zip archive that was cut off', makeZip(ENTRY).subarray(0, 5000), 'file.compression-broken'],
    ['a zip archive with a wrong checksum', makeZip(ENTRY, { crc: 1 }), 'file.compression-broken'],
    [
      'a gzip file that goes on behind a NUL',
      Buffer.concat([gzipSync(CSV), Buffer.alloc(1), gzipSync(CSV)]),
      'file.compression-broken',
    ],
    [
      'a gzip file with something behind its padding',
      Buffer.concat([gzipSync(CSV), Buffer.alloc(600_000), Buffer.from('x')]),
      'file.compression-broken',
    ],
    [
      'a gzip file with garbage behind it',
      Buffer.concat([gzipSync(CSV), Buffer.from('garbage')]),
      'file.compression-broken',
    ],
    ['an empty zip archive', makeZip([]), 'file.archive-unsuitable'],
    ['a zip archive with two files', makeZip([...ENTRY, ...ENTRY]), 'file.archive-unsuitable'],
    [
      'a zip archive with a folder',
      makeZip([{ name: 'a/', content: Buffer.alloc(0) }]),
      'file.archive-unsuitable',
    ],
    ['an encrypted zip archive', makeZip(ENTRY, { encrypted: true }), 'file.archive-unsuitable'],
    ['an empty file', Buffer.alloc(0), 'file.empty'],
    ['a byte order mark alone', Buffer.from('\ufeff'), 'file.empty'],
    ['a byte order mark behind gzip', gzipSync(Buffer.from('\ufeff')), 'file.empty'],
    ['an empty file behind gzip', gzipSync(Buffer.alloc(0)), 'file.empty'],
    ['an unknown header', Buffer.from('a,b\n1,2\n'), 'file.header-unknown'],
    ['a header of 17 MiB', Buffer.alloc(17 * 1024 ** 2, 'x'), 'file.header-unknown'],
  ])('is refused for %s', async (_, content, code) => {
    await expect(inspect(content)).rejects.toMatchObject({ code, params: { file: 'file' } });
  });

  it.each([
    ['method', makeZip(ENTRY, { method: 14 }), { method: 14 }],
    ['name', makeZip([{ name: '../a.csv', content: CSV }]), { name: '../a.csv' }],
    ['name', makeZip([{ name: '/a\0.csv', content: CSV }]), { name: '/a\ufffd.csv' }],
    ['unlisted', makeZip([...ENTRY, ...ENTRY], { listed: 1 }), { entries: 1 }],
  ])('is refused for what is wrong with the archive: %s', async (problem, archive, params) => {
    await expect(inspect(archive)).rejects.toMatchObject({
      code: 'file.archive-unsuitable',
      params: { file: 'file', problem, ...params },
    });
  });

  it('is refused when it expands beyond every measure, long before it is unpacked', async () => {
    const bomb = gzipSync(Buffer.concat([CSV, Buffer.alloc(300 * 1024 ** 2, '\n')]));

    const error = await inspect(bomb).catch((caught: unknown) => caught);

    expect(error).toMatchObject({
      code: 'file.expands-too-far',
      params: { size: bomb.length, limit: 'ratio' },
    });
    expect((error as { params: { read: number } }).params.read).toBeLessThan(100 * 1024 ** 2);
  });

  it('is refused above the configured limit', async () => {
    for (const content of [CSV, gzipSync(CSV)]) {
      await expect(inspect(content, 50_000)).rejects.toMatchObject({
        code: 'file.expands-too-far',
        params: { limit: 'size', max: 50_000 },
      });
    }
  });

  it('is refused when the file is not the one that was taken', async () => {
    const location = await write(gzipSync(CSV));
    const file = { name: 'file', sizeBytes: 1, sha256: sha256Of(CSV) };

    await expect(
      withFile(location, null, (handle) =>
        inspectContent(handle, file, { contentMaxBytes: 1e9, onBlock: () => undefined }),
      ),
    ).rejects.toMatchObject({ code: 'file.changed' });
  });

  it('names line, byte and value where it is not UTF-8', async () => {
    const content = Buffer.concat([
      Buffer.from(`${HEADER}\nZürich,1\n`),
      Buffer.from('Z\u00fcrich\n', 'latin1'),
      CSV,
    ]);

    await expect(inspect(content)).rejects.toMatchObject({
      code: 'file.not-utf8',
      params: { line: 3, offset: Buffer.byteLength(`${HEADER}\nZürich,1\nZ`), value: '0xFC' },
    });
    await expect(inspect(gzipSync(content))).rejects.toMatchObject({
      code: 'file.not-utf8',
      params: { line: 3 },
    });
  });
});

describe('what takes the place of a file', () => {
  it.each([
    ['a link to itself', 'ELOOP', (place: string) => symlink(place, place)],
    ['a pipe', 'not a file', (place: string) => promisify(execFile)('mkfifo', [place])],
    ['a folder', 'not a file', (place: string) => mkdir(place)],
  ])('is refused at once: %s', async (what, reason, make) => {
    const place = path.join(files.dataDir, what);
    await make(place);
    const refusal = { code: 'file.unreadable', params: { file: what, reason } };

    await expect(withFile(place, null, () => Promise.resolve())).rejects.toMatchObject(refusal);
    await expect(openRawFile(place)).rejects.toMatchObject(refusal);
  });

  it('is refused when the disk fails while it is read, but not when the machine is short of something', async () => {
    const place = await write(CSV);
    const failing = (code: string, syscall: string) => () =>
      Promise.reject(Object.assign(new Error(code), { code, syscall }));

    await expect(withFile(place, null, failing('EIO', 'read'))).rejects.toMatchObject({
      code: 'file.unreadable',
      params: { reason: 'EIO' },
    });
    await expect(withFile(place, null, failing('EMFILE', 'open'))).rejects.toMatchObject({ code: 'EMFILE' });
    await expect(withFile(place, null, failing('ECONNREFUSED', 'connect'))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(await openRawFile(`${place}-gone`)).toBeNull();
  });
});

describe('the check of UTF-8', () => {
  /** Valid as far as it goes, and where it ends, the decoder of the platform decides. */
  const firstInvalid = (bytes: Buffer): number => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    let valid = 0;
    for (let end = 1; end <= bytes.length; end += 1) {
      try {
        decoder.decode(bytes.subarray(0, end));
        valid = end;
      } catch {
        // The character may end later.
      }
    }
    return valid === bytes.length ? -1 : valid;
  };

  it('finds the first wrong byte, whatever the bytes and however they are cut', () => {
    const piece = fc.oneof(
      fc.constantFrom('a', '\n', 'é', '한', '😀').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (pieces, size) => {
        const bytes = Buffer.concat(pieces);
        const check = createUtf8Check();
        let found = -1;
        for (let at = 0; at < bytes.length && found < 0; at += size) {
          found = check.push(bytes.subarray(at, at + size));
        }
        expect(found >= 0 ? found : check.end()).toBe(firstInvalid(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 0xff;
  return copy;
}
