import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startReceiver, type Receiver } from '../../demo/receiver.ts';
import { encodeOutgoing } from '../../domain/outbound/message-packet.ts';
import { outgoingValues } from '../../domain/outbound/outgoing-values.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { prepareTarget } from '../../platform/outbox/open-target.ts';
import type { OutboundLink } from '../../platform/outbox/outbound-target.ts';
import { changeOf, recordOf, TARGET } from '../support/outbound.ts';
import { until } from '../support/until.ts';

let folder = '';
let stateFile = '';
let receiver: Receiver | undefined;
let link: OutboundLink | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tain-receiver-'));
  stateFile = path.join(folder, 'receiver.ndjson');
});
afterEach(() => stop());
afterAll(() => rm(folder, { recursive: true }));

const NO_FILES = { list: async () => new Map(), begin: async () => false, end: async () => undefined };

async function stop(): Promise<void> {
  await link?.close();
  await receiver?.close();
  [link, receiver] = [undefined, undefined];
}

/** Starts the receiver on what it kept, and listens to a session from an answer on. */
async function begin(nextAnswer: number): Promise<Receiver> {
  receiver = await startReceiver({ stateFile, settleMs: 200, heartbeatMs: 100 });
  const target = { name: TARGET, kind: 'tcp-session', host: '127.0.0.1', port: receiver.port, parts: [45] };
  const outboundFile = path.join(folder, 'outbound.json');
  await writeFile(outboundFile, JSON.stringify({ targets: [target] }));
  const { open } = await prepareTarget(outboundFile, TARGET);
  link = open({ session: 'S1', nextAnswer, onProblem: () => undefined, answerFiles: NO_FILES });
  await until(async () => expect(link!.status().isConnected).toBe(true));
  return receiver;
}

const packet = (message: string, record: number, values: RecordValues): Uint8Array =>
  encodeOutgoing({
    ...{ message, record, file: 'a.csv', part: 45 },
    elements: outgoingValues(values, null, Date.UTC(2026, 10, 21, 23)),
  })!;

async function readAnswers(count: number) {
  const answers: (readonly [number, string, string | null, string | null])[] = [];
  while (answers.length < count)
    for (const { sequence, answer } of await link!.read({ max: 100, waitMs: 100 }))
      answers.push([sequence, answer.kind, answer.subject, answer.verdict]);
  return answers;
}

test('a receiver that is started again gives the same answers under the same numbers, and knows what comes again', async () => {
  await begin(1);
  // The second waits for the beginning of its swap, which does not come.
  const [begins, strays] = [packet('45-a', 1, recordOf(1)), packet('45-b', 2, changeOf(2, 5))];
  expect(await link!.send([begins, strays])).toBe(2);
  const file = { name: 'a.csv', path: '/nowhere', sizeBytes: 1, rowCount: 2, sha256: '0'.repeat(64) };
  expect(await link!.finish({ ...file, sent: 2, round: 1 })).toBe(true);
  const told = await readAnswers(5);
  await stop();

  const again = await begin(2);
  expect(await readAnswers(4)).toEqual(told.slice(1));
  expect(await link!.send([begins])).toBe(1);
  const [receipt, verdict] = await readAnswers(2);

  expect(told).toEqual([
    [1, 'receipt', '45-a', 'received'],
    [2, 'record', '45-a', 'accepted'],
    [3, 'receipt', '45-b', 'received'],
    [4, 'file', 'a.csv', 'accepted'],
    [5, 'record', '45-b', 'refused'],
  ]);
  expect([receipt, verdict]).toEqual([
    [6, 'receipt', '45-a', 'received'],
    [7, 'record', '45-a', 'accepted'],
  ]);
  expect(again.truth()).toMatchObject({ repeats: 1, unreadable: 0 });
  expect([...again.truth().messages.keys()]).toEqual(['45-a', '45-b']);
});
