import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkManifest } from '../../../demo/check-manifest.ts';
import { generateDay } from '../../../demo/day.ts';
import { judgeChunks, manifestOf } from './read-back.ts';

const DATE = '2026-11-20';
const CHUNK = 64 * 1024;

function* chunksOf(text: string, size: number): Generator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

describe('the validator on a demo day', () => {
  it.each([
    ['tain', 0.02],
    ['second', 0.02],
    ['third', 0.02],
    ['broken', 0.6],
  ])(
    'gives the verdicts of the ground truth, row by row (seed %s, broken share %d)',
    async (seed, brokenShare) => {
      const rows = [...generateDay({ seed, rows: 20_000, date: DATE, brokenShare })];
      const verdicts = judgeChunks(chunksOf(rows.map(({ bytes }) => bytes).join(''), CHUNK));
      const comparison = await checkManifest(verdicts, manifestOf(rows));
      expect(comparison.differences).toEqual([]);
      expect(comparison.records).toBe(rows.length);
    },
  );

  it('gives the same verdicts and lines however the file is cut into chunks', () => {
    const rows = [...generateDay({ seed: 'chunks', rows: 150, date: DATE, brokenShare: 0.5 })];
    const text = rows.map(({ bytes }) => bytes).join('');
    const whole = judgeChunks([text]);
    expect(whole.map(({ line }) => line)).toEqual(rows.map(({ expected }) => expected.line));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 200 }), (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), text.length];
        expect(judgeChunks(ends.slice(1).map((end, index) => text.slice(ends[index], end)))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same verdicts byte by byte', () => {
    const rows = [...generateDay({ seed: 'bytes', rows: 60, date: DATE, brokenShare: 0.6 })];
    const text = rows.map(({ bytes }) => bytes).join('');
    expect(judgeChunks(text)).toEqual(judgeChunks([text]));
  });
});
