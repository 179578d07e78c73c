import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Problem } from '../../contracts/problem.schema.ts';
import type { TraceView } from '../../contracts/trace.schema.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { HEADER, badRow, goodRow, useDataDir } from '../support/files.ts';
import { cutMessage, startDelivery, storeAnswer, writeOutbox } from '../support/outbound-rows.ts';
import { publishDropped } from '../support/published.ts';
import { PORTFOLIO, SWAP, tellSwapLife, type SwapLife } from '../support/swap-life.ts';
import { useTemporal } from '../support/temporal.ts';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { resubmitMessage } from '../../db/outbound-messages.ts';
import { fileIdOf } from '../../db/file-audit.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const DATE = '2026-03-16';
let app: FastifyInstance;
let life: SwapLife;
let [begun, changed, ended] = ['', '', ''];
let outbox = '';
let broken = '';

beforeAll(async () => {
  const { sql } = database;
  app = await buildTestApp(
    { sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
  );
  life = await tellSwapLife(sql, data);
  const text = [HEADER, goodRow(1), badRow(2)].join('\n');
  broken = fileIdOf((await publishDropped(sql, data, 'broken.csv', `${text}\n`)).file);
  const of = { key: SWAP, date: DATE, assetClass: 'IR' };
  begun = await cutMessage(sql, {
    ...{ ...of, source: life.fileId, position: 1, action: 'NEWT', state: 'acknowledged' },
    dueAt: '2026-03-17T03:59:59Z',
    obligation: '17 CFR 45.3(b)(1)',
  });
  changed = await cutMessage(sql, {
    ...{ ...of, source: life.fileId, position: 3, action: 'MODI', state: 'refused', ordinal: 2 },
    issues: [{ ruleId: 'format.length', element: '31', params: { max: 5, actual: 6 }, value: '900' }],
  });
  ended = await cutMessage(sql, {
    ...{
      ...of,
      source: 'desk@DAY1',
      position: 1,
      action: 'TERM',
      state: 'held',
      ordinal: 3,
      heldBy: changed,
    },
  });
  outbox = await writeOutbox(
    { sql, dataDir: data.dataDir },
    { date: DATE, lines: [`${begun},NEWT`, `${changed},MODI`] },
  );
  await startDelivery(sql, { date: DATE, file: outbox });
  await storeAnswer(sql, { sequence: 1, kind: 'receipt', subject: begun, verdict: 'received' });
  await storeAnswer(sql, { sequence: 2, kind: 'file', subject: outbox, verdict: 'accepted' });
  await storeAnswer(sql, { sequence: 3, kind: 'record', subject: begun, verdict: 'accepted' });
  const issues = [{ ruleId: 'theirs.unknown', value: 'x' }];
  await storeAnswer(sql, { sequence: 4, kind: 'record', subject: changed, verdict: 'refused', issues });
});

afterAll(async () => {
  await app.close();
});

const get = (id: string, query = '', headers: Record<string, string> = {}) =>
  app.inject({
    url: `/v1/trace/${encodeURIComponent(id)}${query}`,
    headers: { ...bearer(tokenFor('viewer')), ...headers },
  });
const trace = async (id: string, query = ''): Promise<TraceView> => {
  const answer = await get(id, query);
  expect(answer.statusCode).toBe(200);
  return answer.json<TraceView>();
};

describe('a trace', () => {
  it('of a swap shows the whole way of each of its events', async () => {
    const view = await trace(SWAP);

    expect(view).toMatchObject({ kind: 'swap', total: 5, leftOut: 0, next: null });
    const [first] = view.records;
    expect(first).toMatchObject({
      place: `${life.fileId}/1`,
      source: { kind: 'file', name: 'life.csv', line: 2, byteOffset: life.lines[0]!.length },
      raw: life.lines[1],
      event: { key: SWAP, action: 'NEWT', event: 'TRAD' },
      outcomes: [{ revision: 1, outcome: 'applied' }],
      messages: [
        {
          id: begun,
          state: 'acknowledged',
          obligation: '17 CFR 45.3(b)(1)',
          line: 2,
          file: { name: outbox, deliveries: [{ target: 'sdr', state: 'sending' }] },
        },
      ],
    });
    const [message] = first!.messages;
    expect(message!.answers.map(({ kind, verdict }) => `${kind} ${verdict}`)).toEqual([
      'receipt received',
      'record accepted',
    ]);
    expect(message!.file!.answers.map(({ kind, verdict }) => `${kind} ${verdict}`)).toEqual([
      'file accepted',
    ]);
  });

  it('of a swap says what the repository knows beside what we know, and what runs against the clock', async () => {
    const { standing } = await trace(SWAP);

    expect(standing).toMatchObject({ key: SWAP, asReported: 'open', asKnown: 'terminated', acknowledged: 1 });
    expect(standing!.differences).toEqual([
      { element: null, name: 'status', asReported: 'open', asKnown: 'terminated' },
      { element: '31', name: 'notionalAmountLeg1', asReported: '1000', asKnown: '900' },
    ]);
    expect(standing!.messages).toMatchObject([
      { id: begun, state: 'acknowledged', secondsLeft: null },
      { id: changed, state: 'refused', dueAt: null, secondsLeft: null },
      { id: ended, state: 'held', heldBy: changed },
    ]);
    expect((await trace(changed)).standing).toEqual(standing);
    expect((await trace(outbox)).standing).toBeNull();
    expect((await trace(PORTFOLIO)).standing).toBeNull();
  });

  it('of a swap whose beginning was refused follows it until the repository has it', async () => {
    const { sql } = database;
    const due = "now() - interval '26 hours'";
    await sql`
      update outbound_message set state = 'refused', due_at = ${sql.unsafe(due)}, answered_at = now()
      where message_id = ${begun}`;
    await sql`update outbound_message set state = 'held', held_by = ${begun} where message_id <> ${begun}`;

    const refused = (await trace(SWAP)).standing!;
    expect(refused).toMatchObject({ asReported: 'none', asKnown: 'terminated', acknowledged: 0 });
    expect(refused.differences).toMatchObject([{ name: 'status', asReported: 'none' }]);
    expect(refused.messages.map(({ state, heldBy }) => [state, heldBy])).toEqual([
      ['refused', null],
      ['held', begun],
      ['held', begun],
    ]);
    // The clock runs on, also behind the due time.
    expect(refused.messages[0]!.secondsLeft).toBeLessThanOrEqual(-26 * 3600);

    const again = await resubmitMessage(sql, begun, BY_COMMAND_LINE, 'the repository knows the UPI now');
    const resubmitted = (await trace(SWAP)).standing!;
    expect(resubmitted.messages.map(({ id, state, heldBy }) => [id, state, heldBy])).toEqual([
      [begun, 'resubmitted', null],
      [again, 'pending', null],
      [changed, 'held', again],
      [ended, 'held', again],
    ]);
    expect(resubmitted.messages[0]).toMatchObject({ resubmittedBy: again, secondsLeft: null });
    expect(resubmitted.messages[1]).toMatchObject({ resubmits: begun, attempt: 2 });
    expect(resubmitted.messages[1]!.secondsLeft).toBeLessThanOrEqual(-26 * 3600);

    await sql`update outbound_message set state = 'acknowledged', answered_at = now() where message_id = ${again}`;
    expect((await trace(SWAP)).standing).toMatchObject({ asReported: 'open', acknowledged: 1 });

    await sql`delete from outbound_message where message_id = ${again}`;
    await sql`update outbound_message set state = 'acknowledged', due_at = '2026-03-17T03:59:59Z' where message_id = ${begun}`;
    await sql`update outbound_message set state = 'refused', held_by = null where message_id = ${changed}`;
    await sql`update outbound_message set held_by = ${changed} where message_id = ${ended}`;
  });

  it('of a message begins at it, and leads back to the bytes', async () => {
    const view = await trace(changed);

    expect(view).toMatchObject({ kind: 'message', total: 1 });
    const [record] = view.records;
    expect(record!.raw).toBe(life.lines[3]);
    expect(record!.messages).toMatchObject([
      { id: changed, isTraced: true, state: 'refused', line: 3, issues: [{ ruleId: 'format.length' }] },
    ]);
    expect(record!.messages[0]!.answers[0]!.issues[0]!.message).toContain('theirs.unknown');
  });

  it('of a message of a feed shows the message as it came, and what holds it', async () => {
    const [record] = (await trace(ended)).records;

    expect(record).toMatchObject({
      source: { kind: 'feed', feed: 'desk', session: 'DAY1', sequence: 1 },
      messages: [{ id: ended, state: 'held', heldBy: changed, file: null, line: null, answers: [] }],
    });
    expect(JSON.parse(record!.raw!)).toMatchObject({ actionType: 'TERM' });
  });

  it('of a received file shows its records in their order, the rejected ones with their reasons', async () => {
    const view = await trace(broken);

    expect(view).toMatchObject({ kind: 'file', title: expect.stringContaining('broken.csv'), total: 2 });
    expect(view.records.map(({ verdict, event }) => [verdict, event])).toEqual([
      ['accepted', null],
      ['rejected', null],
    ]);
    expect(view.records[1]!.issues[0]!.message).toContain('XQX');
  });

  it('of one record, and of a place that an issue names, is the same', async () => {
    const view = await trace(`${broken}/2`);
    expect(view).toMatchObject({ kind: 'record', records: [{ verdict: 'rejected' }] });
    expect((await trace(`${life.fileId}/3`)).records[0]!.messages[0]!.id).toBe(changed);
    expect((await trace('desk@DAY1/2')).records[0]!.outcomes.at(-1)).toMatchObject({ outcome: 'violated' });
  });

  it('of a file of send/ goes from its lines back to the bytes', async () => {
    const view = await trace(outbox);

    expect(view).toMatchObject({ kind: 'outbox-file', total: 2, outboxFile: { name: outbox, rows: 2 } });
    expect(view.records.map(({ raw }) => raw)).toEqual([life.lines[1], life.lines[3]]);
    expect((await trace(outbox, '?after=1')).records.map(({ raw }) => raw)).toEqual([life.lines[3]]);
  });

  it('of a portfolio shows its margin', async () => {
    expect(await trace(PORTFOLIO)).toMatchObject({
      kind: 'portfolio',
      records: [{ event: { action: 'MARU' } }],
    });
  });

  it('comes in pages, and says how much it leaves out', async () => {
    const page = await trace(SWAP, '?limit=2');
    expect(page).toMatchObject({ total: 5, leftOut: 3, next: 2 });
    const rest = await trace(SWAP, '?after=2&limit=100');
    const all = [...page.records, ...rest.records].map(({ place }) => place);
    expect(all).toEqual((await trace(SWAP)).records.map(({ place }) => place));
  });

  it('speaks Korean', async () => {
    const answer = await get(broken, '', { 'accept-language': 'ko' });
    expect(answer.headers['content-language']).toBe('ko');
    expect(answer.json<TraceView>().title).toBe('수신 파일 broken.csv');
  });

  it('of what nobody knows says what could be named', async () => {
    for (const id of ['NOSUCHSWAP', `45-${'0'.repeat(24)}`, `${broken}/3`, 'desk@DAY1/99x', '%', 'a/b'])
      expect((await get(id)).json<Problem>()).toMatchObject({ status: 404, code: 'trace.not-found' });
  });

  it('still shows a message whose file is not on the disk any more', async () => {
    await rm(path.join(data.dataDir, '20260316', 'send', outbox));

    const [record] = (await trace(begun)).records;
    expect(record!.messages[0]).toMatchObject({ line: null, file: { name: outbox } });
    expect((await trace(outbox)).records).toEqual([]);
  });
});
