import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Issue } from '../../../contracts/issues.ts';
import { encodeAnswer, readAnswer } from '../../../domain/feeds/answers.ts';
import { MAX_MESSAGE_BYTES } from '../../../domain/feeds/packets.ts';

const issue = (severity: Issue['severity'], value: string): Issue => ({
  ruleId: 'format.decimal',
  severity,
  element: '31',
  column: 'notionalAmountLeg1',
  value,
  params: {},
});
const answer = {
  session: 'DAY1',
  sequence: 7,
  accepted: false,
  key: 'UTI1',
  issues: [issue('error', '12x')],
};

describe('an answer', () => {
  it('comes out of its bytes as it went in', () => {
    expect(readAnswer(encodeAnswer(answer))).toEqual({ ...answer, leftOut: 0 });
  });

  it('leaves out a key that is longer than a packet, and still says what became of the message', () => {
    const bytes = encodeAnswer({ ...answer, key: 'X'.repeat(MAX_MESSAGE_BYTES) });
    expect(bytes.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(readAnswer(bytes)).toEqual({ ...answer, key: null, leftOut: 0 });
  });

  it('fits into a packet: errors first, and what does not fit is counted', () => {
    const warnings = Array.from({ length: 600 }, () => issue('warning', '값'.repeat(200)));
    const bytes = encodeAnswer({ ...answer, issues: [...warnings, issue('error', 'last')] });
    const read = readAnswer(bytes)!;

    expect(bytes.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(read.issues[0]).toMatchObject({ severity: 'error', value: 'last' });
    expect(read.issues.length + read.leftOut).toBe(601);
  });

  it('is none when its bytes say something else', () => {
    for (const bytes of fc.sample(fc.uint8Array(), 50)) expect(readAnswer(bytes)).toBeNull();
    for (const text of ['null', '[]', '{}', '{"session":"x","sequence":1.5,"accepted":true,"issues":[]}'])
      expect(readAnswer(new TextEncoder().encode(text))).toBeNull();
  });
});
