import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeOutboundAnswer } from '../../domain/outbound/answer.ts';
import { prepareTarget } from '../../platform/outbox/open-target.ts';
import { useScriptedFeeds } from '../support/scripted-feed.ts';

const serve = useScriptedFeeds();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tain-session-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a session that its server ends gives what it had, and then has to be opened again', async () => {
  const receipt = { kind: 'receipt', subject: '45-1', verdict: 'received', issues: [] } as const;
  const port = await serve(async (consumer) => {
    consumer.accept('D1', 1);
    await consumer.send({ bytes: encodeOutboundAnswer(receipt) }, null);
    consumer.endSession();
  });
  const file = path.join(folder, 'outbound.json');
  const settings = { name: 'repository', kind: 'tcp-session', host: '127.0.0.1', port, parts: [45] };
  await writeFile(file, JSON.stringify({ targets: [settings] }));
  const target = await prepareTarget(file, 'repository');
  const link = target.open({
    session: 'D1',
    nextAnswer: 1,
    onProblem: () => undefined,
    answerFiles: { list: async () => new Map(), begin: async () => false, end: async () => undefined },
  });
  expect(await link.read({ max: 10, waitMs: 5000 })).toMatchObject([{ sequence: 1, answer: receipt }]);
  await expect(link.read({ max: 10, waitMs: 5000 })).rejects.toMatchObject({
    code: 'outbound.unreachable',
    params: { reason: 'end of session' },
  });
  await link.close();
});
