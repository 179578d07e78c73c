import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { GpuJobDetail, GpuQueueView, GpuWhatIfView } from '../../contracts/gpu-jobs.schema.ts';
import { GPU_ACCESS, isAllowed, ROLES, type Role } from '../../contracts/policy.ts';
import type { JobOrder } from '../../db/gpu-jobs.ts';
import { readRunJob } from '../../db/gpu-job-runs.ts';
import { planNow } from '../../db/gpu-planner.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, part, queueJob, start } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'tain-names-')));
let app: FastifyInstance;
/** Ids by what the jobs are in this test. */
const jobs = new Map<string, string>();

/** Each of the models has a node, where kim's jobs wait for those of lee and park, and one for a job of kim's own. */
beforeAll(async () => {
  const { sql } = database;
  app = await buildTestApp(
    { sql, client: temporal.client },
    { TAIN_GPU_ROOTS: root, TAIN_RATE_LIMIT: '1000000' },
  );
  const enter = async (name: string, wish: Partial<JobOrder>): Promise<string> => {
    jobs.set(name, await queueJob(sql, { jobId: `j-${name}`, ...wish }));
    return jobs.get(name)!;
  };
  const run = async (name: string, wish: Partial<JobOrder>, cards: number): Promise<void> => {
    const model = wish.model!;
    const { node, devices } = await addNode(
      sql,
      Array.from({ length: cards }, () => ({ model })),
    );
    await start(sql, await enter(name, wish), node, [part(devices[0]!)]);
  };
  await run('victim', { owner: 'lee', model: 'H100-80GB', qos: 'low' }, 1);
  await run('runner', { owner: 'lee', model: 'RTX-4090-24GB' }, 1);
  await run('beside', { owner: 'lee', model: 'A100-80GB' }, 2);
  await run('own-runner', { owner: 'kim', model: 'A30-24GB' }, 1);
  await sql.begin(async (tx) => {
    // The planner lets nobody be preempted who has just begun.
    await tx`set local session_replication_role = replica`;
    await tx`
      update gpu_job_event set after = jsonb_set(after, '{state_at}', to_jsonb(now() - interval '40 minutes'))
      where job_id = ${jobs.get('victim')!} and state = 'reserved'`;
  });
  await enter('urgent', { owner: 'park', model: 'H100-80GB', qos: 'high', nice: 5000 });
  await enter('large', { owner: 'park', model: 'A100-80GB', gpus: 2, nice: -10_000 });
  const kims = { owner: 'kim', walltimeS: 36_000 };
  await enter('waiting', { ...kims, model: 'RTX-4090-24GB' });
  await enter('kept', { ...kims, model: 'A100-80GB' });
  await enter('own', { ...kims, model: 'A30-24GB' });
  expect(await planNow(sql, BY)).toMatchObject({ started: [], preempted: [jobs.get('victim')] });
  await enter('passed', { ...kims, model: 'H100-80GB', nice: -10_000 });
});

afterAll(async () => {
  await app.close();
  rmSync(root, { recursive: true, force: true });
});

const get = (url: string, role: Role, subject: string, language = 'en') =>
  app.inject({
    method: 'GET',
    url,
    headers: { ...bearer(tokenFor(role, subject)), 'accept-language': language },
  });
const detail = async (name: string, role: Role, subject: string, language?: string): Promise<GpuJobDetail> =>
  (await get(`/v1/gpu/jobs/${jobs.get(name)}`, role, subject, language)).json<GpuJobDetail>();

type Blocker = NonNullable<GpuJobDetail['explanation']>['blockers'][number];
const blockersOf = async (name: string, role: Role, subject: string): Promise<readonly Blocker[]> =>
  (await detail(name, role, subject)).explanation!.blockers;

async function imagine(role: Role): Promise<readonly Blocker[]> {
  const folder = path.join(root, role);
  mkdirSync(folder);
  writeFileSync(`${folder}.json`, '{}');
  const answer = await app.inject({
    ...{ method: 'POST', url: '/v1/gpu/what-if', headers: bearer(tokenFor(role, 'kim')) },
    payload: {
      ...{ config: `${folder}.json`, workdir: folder, walltimeMinutes: 600 },
      resources: { model: 'A100-80GB' },
    },
  });
  return answer.json<GpuWhatIfView>().explanation.blockers;
}

const inQueue = async (role: Role): Promise<readonly Blocker[]> =>
  (await get('/v1/gpu/queue', role, 'kim'))
    .json<GpuQueueView>()
    .waiting.flatMap(({ explanation }) => explanation.blockers);

/** Where a job of somebody else may be named: what is told there, of whom, and how it is asked for. */
const PLACES: readonly [
  where: string,
  code: string,
  name: string,
  ask: (role: Role) => Promise<readonly Blocker[]>,
][] = [
  ['a job', 'kept-for', 'large', (role) => blockersOf('kept', role, 'kim')],
  ['a job', 'freed-by', 'runner', (role) => blockersOf('waiting', role, 'kim')],
  ['a job', 'passed-over', 'urgent', (role) => blockersOf('passed', role, 'kim')],
  ['a job', 'room-coming', 'victim', (role) => blockersOf('urgent', role, 'park')],
  ['the queue', 'kept-for', 'large', inQueue],
  ['the queue', 'freed-by', 'runner', inQueue],
  ['the queue', 'passed-over', 'urgent', inQueue],
  ['what would be', 'kept-for', 'large', imagine],
];

const CELLS = ROLES.flatMap((role) =>
  PLACES.filter(([where]) => where !== 'what would be' || isAllowed(role, 'gpu.jobs.submit')).map(
    (place) => [role, ...place] as const,
  ),
);

describe('a job of somebody else', () => {
  it.each(CELLS)('is named to %s, in %s, where it is "%s", only if others may be seen', async (...cell) => {
    const [role, , code, name, ask] = cell;
    const found = (await ask(role)).filter((blocker) => blocker.code === code);
    const texts = found.map(({ text }) => text).join();

    expect(found.length).toBeGreaterThan(0);
    if (GPU_ACCESS[role].allocations === 'own') {
      expect(found.flatMap(({ params }) => params['job'] ?? [])).not.toContain(jobs.get(name));
      expect(texts).toContain('a job of somebody else');
      expect(texts).not.toContain(jobs.get(name));
    } else {
      expect(found.map(({ params }) => params['job'])).toContain(jobs.get(name));
      expect(texts).toContain(jobs.get(name));
    }
  });

  it.each(ROLES)('is named to %s as who room was made for only if others may be seen', async (role) => {
    const [urgent, isHidden] = [jobs.get('urgent')!, GPU_ACCESS[role].allocations === 'own'];
    const { timeline } = await detail('victim', role, 'lee');
    const told = timeline.at(-1)!;

    const named = isHidden ? 'another job' : urgent;
    expect(told.reason).toMatch(new RegExp(`^decision \\d+: in favour of ${named}$`));
    expect(told.facts).toMatchObject({ what: 'preempt', ...(!isHidden && { inFavourOf: urgent }) });
    expect(JSON.stringify(timeline).includes(urgent)).toBe(!isHidden);
  });

  it('is not told to the program either, whoever reads what it prints', async () => {
    const { wantedReason } = await readRunJob(database.sql, jobs.get('victim')!);

    expect(wantedReason).toMatch(/in favour of another job$/);
  });

  it('is nowhere in what a user reads of his queue and his jobs', async () => {
    const others = ['victim', 'runner', 'beside', 'urgent', 'large'].map((name) => jobs.get(name)!);
    const read = [await get('/v1/gpu/queue', 'user', 'kim'), await get('/v1/gpu/jobs', 'user', 'kim')];
    for (const name of ['passed', 'waiting', 'kept'])
      read.push(await get(`/v1/gpu/jobs/${jobs.get(name)}`, 'user', 'kim'));

    for (const { body, statusCode } of read) {
      expect(statusCode).toBe(200);
      for (const id of others) expect(body).not.toContain(id);
    }
  });

  it('is called so in Korean too', async () => {
    const { explanation } = await detail('waiting', 'user', 'kim', 'ko');

    expect(explanation!.blockers.map(({ text }) => text).join()).toContain('다른 사용자의 작업');
  });

  it('is not named by the words of an earlier time either', async () => {
    const urgent = jobs.get('urgent')!;
    const words = `decision 12: in favour of ${urgent}`;
    const facts = { exit: { cause: 'preempted', detail: words } };
    await database.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`
        update gpu_job_event set reason = ${`preempted: ${words}`}, facts = ${tx.json(facts)}
        where job_id = ${jobs.get('runner')!} and state = 'queued'`;
    });
    const [lees, operators] = [
      await detail('runner', 'user', 'lee'),
      await detail('runner', 'operator', 'choi'),
    ];

    expect(JSON.stringify(lees.timeline)).not.toContain(urgent);
    expect(JSON.stringify(lees.timeline)).toContain('preempted: decision 12: in favour of another job');
    expect(operators.timeline).toContainEqual(
      expect.objectContaining({ reason: `preempted: ${words}`, facts }),
    );
  });
});

it('a job of his own is named to a user', async () => {
  const [found] = (await blockersOf('own', 'user', 'kim')).filter(({ code }) => code === 'freed-by');

  expect(found!.params['job']).toBe(jobs.get('own-runner'));
  expect(found!.text).toContain(jobs.get('own-runner'));
});
