import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSpillFile } from '../../platform/spill-file.ts';

describe('a spill file', () => {
  it('gives every partition its bytes in order, however long the pieces are', () => {
    const pieces = fc.array(
      fc.record({
        partition: fc.nat(3),
        length: fc.constantFrom(0, 1, 5000, 16_384, 16_385, 70_000),
        byte: fc.nat(255),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, (list) => {
        const spill = openSpillFile();
        try {
          const expected = new Map<number, Buffer[]>();
          for (const { partition, length, byte } of list) {
            const bytes = Buffer.alloc(length, byte);
            spill.append(partition, bytes);
            expected.set(partition, [...(expected.get(partition) ?? []), bytes]);
          }
          for (let at = 0; at < 5; at += 1) {
            expect(spill.read(at).equals(Buffer.concat(expected.get(at) ?? []))).toBe(true);
          }
        } finally {
          spill.close();
        }
      }),
      { numRuns: 50 },
    );
  });

  it('leaves no name behind, even while it is open', async () => {
    const before = process.env['TMPDIR'];
    const folder = await mkdtemp(path.join(tmpdir(), 'tain-no-spill-'));
    process.env['TMPDIR'] = folder;
    try {
      const spill = openSpillFile();
      spill.append(0, Buffer.alloc(100_000));
      expect(await readdir(folder)).toEqual([]);
      spill.close();
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      await rm(folder, { recursive: true });
    }
  });
});
