import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { followOutput } from '../../../api/follow-output.ts';
import { createOutputLimit } from '../../../platform/executors/output-limit.ts';
import { findOutput, readOutput, streamOutput } from '../../../platform/executors/run-output.ts';

let folder: string;
const file = () => path.join(folder, 'stdout.log');

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tain-output-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const textOf = async (first: number, last: number): Promise<string> => {
  const blocks: Buffer[] = [];
  for await (const block of streamOutput((await findOutput([folder], 'stdout'))!, first, last))
    blocks.push(block);
  return Buffer.concat(blocks).toString();
};

describe('the output of a run', () => {
  it('is not there, or lies in the first folder that has it', async () => {
    expect(await findOutput([folder], 'stdout')).toBeNull();
    writeFileSync(file(), 'kept');
    expect(await findOutput([path.join(folder, 'none'), folder], 'stdout')).toMatchObject({
      first: 0,
      end: 4,
    });
    expect(await findOutput([folder], 'stderr')).toBeNull();
  });

  it('keeps the numbers of its bytes when older ones are set aside, and dropped', async () => {
    const limit = createOutputLimit(file(), 20);
    const whole = Array.from({ length: 8 }, (_, at) => `line ${at}, € and no more\n`).join('');
    const bytes = Buffer.from(whole);
    for (let at = 0; at < bytes.length; at += 11) {
      writeFileSync(file(), bytes.subarray(at, at + 11), { flag: 'a' });
      limit.check();
    }
    const output = (await findOutput([folder], 'stdout'))!;

    expect(output.end).toBe(bytes.length);
    expect(output.first).toBeGreaterThan(0);
    expect(limit.count()).toEqual({ bytes: bytes.length, dropped: output.first });
    expect(await readOutput(output, output.first, 1000)).toEqual(bytes.subarray(output.first));
    expect(await textOf(output.first, output.end - 1)).toBe(bytes.subarray(output.first).toString());
    expect(await readOutput(output, output.end, 10)).toHaveLength(0);
  });

  it('is followed in whole characters, with what is missing counted, to its end', async () => {
    writeFileSync(`${file()}.1`, '[100 bytes of output before this line were dropped: the limit is 9]\nab');
    writeFileSync(`${file()}.1`, Buffer.from('€').subarray(0, 2), { flag: 'a' });
    writeFileSync(
      file(),
      Buffer.concat([Buffer.from('€').subarray(2), Buffer.from('c'), Buffer.from([0xe2])]),
    );
    const out = new PassThrough();
    const source = {
      look: async () => ({ attempt: 1, state: 'completed' as const, isOver: true }),
      output: () => findOutput([folder], 'stdout'),
    };
    const limits = { heartbeatMs: 1000, stallMs: 1000 };
    const place = { attempt: 1, at: 90 };
    await followOutput(out, source, place, limits, Date.now() + 60_000, AbortSignal.timeout(60_000));

    const data = [...String(out.read()).matchAll(/^data: (.*)$/gm)].map(
      (match) => JSON.parse(match[1]!) as object,
    );
    expect(data).toEqual([
      { attempt: 1, from: 100, missing: 10, text: 'ab€c\ufffd' },
      { attempt: 1, state: 'completed' },
    ]);
  });
});
