import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OutboundAnswer } from '../../../contracts/outbound.ts';
import { encodeOutboundAnswer, readOutboundAnswer } from '../../../domain/outbound/answer.ts';
import { encodeFileEnd, encodeOutgoing, readOutgoing } from '../../../domain/outbound/message-packet.ts';
import { MAX_MESSAGE_BYTES } from '../../../domain/feeds/packets.ts';

const issue = {
  ruleId: 'sequence.unknown-swap',
  severity: 'error',
  element: '26',
  column: null,
  value: 'MODI',
  params: { first: 'x', count: 2 },
} as const;
const refused: OutboundAnswer = { kind: 'record', subject: '45-0a', verdict: 'refused', issues: [issue] };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const message = {
  message: '45-0a',
  file: 'cftc-45-transaction-IR-20261121-v1.csv',
  record: 3,
  part: 45,
  elements: { actionType: 'NEWT', packageTransactionPrice: ['1', '2'] },
} as const;

describe('an answer of a repository', () => {
  it('comes out of its bytes as it went in', () => {
    const receipt: OutboundAnswer = { kind: 'receipt', subject: 'a', verdict: 'received', issues: [] };
    const file: OutboundAnswer = { kind: 'file', subject: 'a.csv', verdict: 'accepted', issues: [] };
    for (const answer of [receipt, file, refused])
      expect(readOutboundAnswer(encodeOutboundAnswer(answer))).toEqual(answer);
  });

  it('is unreadable, and never an error, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytesOf)), (bytes) => {
        expect(['receipt', 'file', 'record', 'unreadable']).toContain(readOutboundAnswer(bytes).kind);
      }),
    );
    for (const text of [
      'null',
      '{"kind":"record","subject":"a","verdict":"received"}',
      '{"kind":"receipt","subject":"a","verdict":"accepted"}',
      '{"kind":"record","subject":"a\\u0000","verdict":"accepted"}',
      '{"kind":"record","subject":7,"verdict":"accepted"}',
    ])
      expect(readOutboundAnswer(bytesOf(text)).kind).toBe('unreadable');
  });

  it('keeps of its issues what can be stored, however they look', () => {
    const text = JSON.stringify({
      ...refused,
      issues: [
        null,
        'x',
        { text: 'no rule' },
        { ruleId: 'R1', severity: 'fatal', value: 'a\u0000b', params: [1] },
      ],
    });
    expect(readOutboundAnswer(bytesOf(text)).issues).toEqual([
      { ruleId: 'R1', severity: 'error', element: null, column: null, value: null, params: {} },
    ]);
  });

  it('fits into a packet, with as many issues as there is room for', () => {
    const issues = Array.from({ length: 5000 }, () => issue);
    const bytes = encodeOutboundAnswer({ ...refused, issues });
    expect(bytes.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(readOutboundAnswer(bytes)).toMatchObject({ subject: '45-0a', verdict: 'refused' });
  });
});

describe('what goes to a repository', () => {
  it('comes out of its bytes as it went in', () => {
    const end = { file: message.file, end: 12, sha256: 'f'.repeat(64) };
    expect(readOutgoing(encodeOutgoing(message)!)).toEqual({ kind: 'message', message });
    expect(readOutgoing(encodeFileEnd(end))).toEqual({ kind: 'end', end });
  });

  it('is not sent when no packet can hold it', () => {
    const elements = { actionType: 'x'.repeat(MAX_MESSAGE_BYTES) };
    expect(encodeOutgoing({ ...message, elements })).toBeNull();
  });

  it('is unreadable, and never an error, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytesOf)), (bytes) => {
        expect(readOutgoing(bytes).kind).toBe('unreadable');
      }),
    );
  });
});
