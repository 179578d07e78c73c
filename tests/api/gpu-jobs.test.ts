import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type {
  GpuArrayChange,
  GpuJobDetail,
  GpuJobList,
  GpuJobView,
  GpuQueueView,
  GpuWhatIfView,
} from '../../contracts/gpu-jobs.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { NO_GPU_POLICY } from '../../contracts/gpu.ts';
import { listAudit } from '../../db/audit.ts';
import { planNow } from '../../db/gpu-planner.ts';
import { addRates, setPolicy } from '../../db/gpu-policy.ts';
import { lockGpu } from '../../db/gpu-position.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'tain-jobs-')));
let app: FastifyInstance;
let count = 0;

beforeAll(async () => {
  mkdirSync(path.join(root, 'training'));
  mkdirSync(path.join(root, 'outside'));
  writeFileSync(path.join(root, 'outside', 'secret.json'), '{}');
  symlinkSync(path.join(root, 'outside'), path.join(root, 'training', 'way-out'));
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_GPU_ROOTS: path.join(root, 'training'), TAIN_RATE_LIMIT: '1000000' },
  );
  await addNode(database.sql, [{}, {}, { sharing: 'mig' }], { cpuMillis: 8000, memoryMib: 8192 });
  await database.sql.begin(async (tx) => {
    await lockGpu(tx);
    await setPolicy(
      tx,
      BY,
      {
        ...NO_GPU_POLICY,
        teams: [{ name: 'quant', parent: null, shares: 1 }],
        users: [{ user: 'park', team: 'quant', shares: 1 }],
        quotas: { teams: { quant: 1 }, users: {} },
      },
      'a test',
    );
  });
});

afterAll(async () => {
  await app.close();
  rmSync(root, { recursive: true, force: true });
});

/** An order that is good, with folders of its own. */
function order(change: object = {}): object {
  count += 1;
  const [config, workdir] = [`${count}.json`, `work-${count}`];
  writeFileSync(path.join(root, 'training', config), '{}');
  mkdirSync(path.join(root, 'training', workdir));
  return { config, workdir, ...change };
}

const ask = (method: 'GET' | 'POST', url: string, payload?: object, role: Role = 'user', subject = 'kim') =>
  app.inject({ method, url, ...(payload && { payload }), headers: bearer(tokenFor(role, subject)) });

const submit = (change: object = {}, role: Role = 'user', subject = 'kim') =>
  ask('POST', '/v1/gpu/jobs', order(change), role, subject);

const idOf = async (answer: ReturnType<typeof submit>): Promise<string> =>
  (await answer).json<GpuJobView>().jobId;

describe('a submission', () => {
  it('is in the queue when it is answered', async () => {
    const answer = await submit({ resources: { gpus: 2 }, parameters: { steps: 7 } });

    expect(answer.statusCode).toBe(202);
    expect(answer.json<GpuJobView>()).toMatchObject({
      ...{ user: 'kim', team: 'none', state: 'queued', template: 'proto-gcn', parameters: { steps: 7 } },
      workdir: path.join(root, 'training', `work-${count}`),
    });
    const { jobId } = answer.json<GpuJobView>();
    const [entry] = await listAudit(database.sql, { subject: `gpu/${jobId}`, timeZone: 'UTC', limit: 1 });
    expect(entry).toMatchObject({ action: 'gpu.job-submitted', actor: 'kim', role: 'user' });
  });

  it.each<[string, object, string, RegExp]>([
    ['no configuration', { config: undefined }, 'request.invalid', /config/],
    ['no folder', { workdir: undefined }, 'request.invalid', /workdir/],
    ['a configuration that is not there', { config: 'nothing.json' }, 'job.path-invalid', /config/],
    ['a way out', { workdir: '../outside' }, 'job.path-invalid', /workdir.*"\.\."/],
    ['a link that leads out', { config: 'way-out/secret.json' }, 'job.path-invalid', /config.*link/],
    ['an absolute way out', { workdir: '/etc' }, 'job.path-invalid', /workdir.*not below/],
    ['a shell', { workdir: 'a; rm -rf /' }, 'job.path-invalid', /workdir/],
    ['a NUL', { config: 'a\0b' }, 'job.path-invalid', /config.*NUL/],
    ['a template that is not there', { template: 'bash' }, 'job.template-unknown', /bash.*proto-gcn/],
    ['a parameter that is none', { parameters: { command: 'rm' } }, 'job.parameter-invalid', /command/],
    ['a parameter of another type', { parameters: { steps: '7' } }, 'job.parameter-invalid', /steps.*whole/],
    ['a parameter that is too large', { parameters: { steps: 1e9 } }, 'job.parameter-invalid', /steps/],
    ['no GPU', { resources: { gpus: 0 } }, 'request.invalid', /resources.*gpus/],
    ['less than no GPU', { resources: { gpus: -1 } }, 'request.invalid', /resources.*gpus/],
    ['a billion GPUs', { resources: { gpus: 1e9 } }, 'request.invalid', /resources.*gpus/],
    ['half a GPU', { resources: { gpus: 0.5 } }, 'request.invalid', /resources.*gpus/],
    ['more GPUs than any node has', { resources: { gpus: 3 } }, 'gpu.order-invalid', /resources\.gpus.*idle/],
    [
      'a model that is not there',
      { resources: { model: 'H900' } },
      'gpu.order-invalid',
      /resources\.model.*H100/,
    ],
    [
      'a MIG profile that is not there',
      { resources: { migProfile: '9g.1gb' } },
      'gpu.order-invalid',
      /migProfile/,
    ],
    ['both shares and cards', { resources: { shares: 1, gpus: 2 } }, 'gpu.order-invalid', /shares/],
    ['more processors than any node has', { resources: { cpus: 9 } }, 'gpu.order-invalid', /resources\.cpus/],
    ['more memory than any node has', { resources: { memoryMib: 9000 } }, 'gpu.order-invalid', /memoryMib/],
    ['a QoS that is not there', { qos: 'best' }, 'gpu.order-invalid', /qos.*normal/],
    ['an end that is over', { expiresAt: '2020-01-01T00:00:00Z' }, 'gpu.order-invalid', /expiresAt.*over/],
    ['a dependency that is not there', { dependsOn: [{ job: 'j-none' }] }, 'gpu.job-not-found', /j-none/],
    ['no walltime', { walltimeMinutes: 0 }, 'request.invalid', /walltimeMinutes/],
    ['a field that is none', { priority: 1 }, 'request.invalid', /priority/],
  ])('with %s is refused by the field', async (_what, change, code, detail) => {
    const problem = (await submit(change)).json<Problem>();

    expect(problem).toMatchObject({ code });
    expect(problem.detail).toMatch(detail);
  });

  it('above the quota of its team is refused, within it waits', async () => {
    const above = await submit({ resources: { gpus: 2 } }, 'user', 'park');
    const within = await submit({}, 'user', 'park');

    expect(above.json<Problem>()).toMatchObject({ status: 400, code: 'gpu.order-invalid' });
    expect(above.json<Problem>().detail).toMatch(/quota of 1/);
    expect(within.statusCode).toBe(202);
  });

  it('for somebody else, or before others, is for who may do that', async () => {
    const forLee = { user: 'lee' };

    expect((await submit(forLee)).json<Problem>()).toMatchObject({ status: 403, code: 'gpu.not-own' });
    expect((await submit({ nice: -5 })).json<Problem>()).toMatchObject({
      status: 403,
      code: 'auth.forbidden',
    });
    expect((await submit({ preemptible: false })).json<Problem>()).toMatchObject({
      ...{ status: 403, code: 'auth.forbidden' },
    });
    expect((await submit({ qos: 'high' })).json<Problem>()).toMatchObject({
      ...{ status: 403, code: 'auth.forbidden' },
    });
    expect((await submit({ qos: 'low' })).statusCode).toBe(202);
    expect((await submit({ qos: 'high' }, 'operator')).statusCode).toBe(202);
    expect((await submit({}, 'viewer')).statusCode).toBe(403);
    for (const role of ['operator', 'admin', 'service'] as const)
      expect((await submit(forLee, role)).json<GpuJobView>()).toMatchObject({ user: 'lee' });
  });

  it('that is sent twice is one job', async () => {
    const wish = order({ requestKey: 'again' });
    const ids = [
      await idOf(ask('POST', '/v1/gpu/jobs', wish)),
      await idOf(ask('POST', '/v1/gpu/jobs', wish)),
    ];

    expect(new Set(ids).size).toBe(1);
    const ofAnother = await submit({ requestKey: 'again' }, 'user', 'lee');
    expect(ofAnother.json<GpuJobView>()).toMatchObject({ user: 'lee', state: 'queued' });
  });

  it('of an array is as many jobs in folders of their own, all or none, once however often it is sent', async () => {
    const folders = (name: string, count: number) => {
      for (let index = 0; index < count; index += 1) {
        writeFileSync(path.join(root, 'training', `${name}-${index}.json`), '{}');
        mkdirSync(path.join(root, 'training', `${name}-${index}`));
      }
      return { config: `${name}-{index}.json`, workdir: `${name}-{index}` };
    };
    const array = (change: object) => ask('POST', '/v1/gpu/arrays', { requestKey: 'sweep', ...change });
    const wish = { ...folders('sweep', 3), tasks: 3, atOnce: 2 };
    const first = await array(wish);
    const again = await array(wish);

    expect(first.statusCode).toBe(202);
    const { jobs } = first.json<GpuJobList>();
    expect(jobs.map(({ array: of }) => of!.index)).toEqual([0, 1, 2]);
    expect(jobs.map(({ config }) => path.basename(config))).toEqual(
      [0, 1, 2].map((at) => `sweep-${at}.json`),
    );
    expect(new Set(jobs.map(({ array: of }) => of!.id)).size).toBe(1);
    expect(again.json<GpuJobList>().jobs.map(({ jobId }) => jobId)).toEqual(jobs.map(({ jobId }) => jobId));
    const listed = await ask('GET', `/v1/gpu/jobs?array=${jobs[0]!.array!.id}`);
    expect(listed.json<GpuJobList>().jobs).toHaveLength(3);
    const missing = await array({ ...folders('short', 2), tasks: 3, requestKey: null });
    expect(missing.json<Problem>()).toMatchObject({ code: 'job.path-invalid' });
    expect(missing.json<Problem>().detail).toContain('short-2');
    const shared = {
      ...folders('one', 1),
      workdir: 'one-0',
      config: 'one-0.json',
      tasks: 2,
      requestKey: null,
    };
    expect((await array(shared)).json<Problem>()).toMatchObject({ code: 'gpu.workdir-busy' });
    const all = (await ask('GET', '/v1/gpu/jobs?state=all', undefined, 'operator')).json<GpuJobList>();
    expect(all.jobs.filter(({ workdir }) => /(short|one)-/.test(workdir))).toEqual([]);
  });

  it('of the sample training answers as it always did', async () => {
    const seed = (change: object = {}) => ask('POST', '/submit', order({ user: 'kim', ...change }));
    const first = await seed();
    const second = await seed();
    const missing = await seed({ workdir: undefined });

    expect([first.statusCode, second.statusCode, missing.statusCode]).toEqual([202, 202, 400]);
    expect(second.json<object>()).toEqual({
      ...{ status: 'queued', job_id: expect.stringMatching(/^j-/) as unknown },
      position: expect.any(Number) as unknown,
    });
    expect(missing.json<Problem>().detail).toMatch(/workdir/);
    expect((await seed({ user: 'lee' })).json<Problem>()).toMatchObject({ code: 'gpu.not-own' });
    const status = (await ask('GET', '/status/kim')).json<{ jobs: { job_id: string; position: number }[] }>();
    expect(status.jobs.map(({ job_id }) => job_id)).toContain(second.json<{ job_id: string }>().job_id);
    expect((await ask('GET', '/status/lee')).json<Problem>()).toMatchObject({ code: 'gpu.not-own' });
  });
});

describe('a job', () => {
  it('is seen and changed by whose it is and by who may, and by nobody else', async () => {
    const jobId = await idOf(submit());
    const url = `/v1/gpu/jobs/${jobId}`;
    const why = { reason: 'the data is not there' };

    expect((await ask('GET', url, undefined, 'user', 'lee')).json<Problem>()).toMatchObject({
      code: 'gpu.job-not-found',
    });
    expect((await ask('POST', `${url}/cancel`, why, 'user', 'lee')).statusCode).toBe(404);
    expect((await ask('POST', `${url}/cancel`, why, 'viewer')).statusCode).toBe(403);
    expect((await ask('GET', url, undefined, 'viewer', 'lee')).statusCode).toBe(200);
    const own = (await ask('GET', '/v1/gpu/jobs', undefined, 'user', 'lee')).json<GpuJobList>();
    expect(own.jobs.map(({ jobId: id }) => id)).not.toContain(jobId);
    expect((await ask('POST', `${url}/hold`, { reason: '' })).json<Problem>().detail).toMatch(/reason/);
    expect((await ask('POST', `${url}/hold`, why)).json<GpuJobView>()).toMatchObject({ isHeld: true });
    expect((await ask('GET', url)).json<GpuJobDetail>().explanation).toMatchObject({
      position: null,
      blockers: [{ code: 'held' }],
    });
    expect((await ask('POST', `${url}/release`, why, 'operator', 'choi')).json<GpuJobView>()).toMatchObject({
      isHeld: false,
    });
    expect((await ask('POST', `${url}/requeue`, why)).json<Problem>()).toMatchObject({
      code: 'gpu.job-moved',
    });
    expect((await ask('POST', `${url}/cancel`, why)).json<GpuJobView>()).toMatchObject({
      state: 'cancelled',
    });
    expect((await ask('POST', `${url}/hold`, why)).json<Problem>()).toMatchObject({ code: 'gpu.job-moved' });
    const { timeline } = (await ask('GET', url)).json<GpuJobDetail>();
    expect(timeline.slice(3)).toMatchObject([
      { kind: 'held', by: 'kim', reason: why.reason },
      { kind: 'released', by: 'choi', role: 'operator' },
      { kind: 'moved', state: 'cancelled', by: 'kim' },
    ]);
  });

  it('of an array is changed with all others of it, and each is told what became of it', async () => {
    for (const at of [0, 1, 2]) {
      writeFileSync(path.join(root, 'training', `all-${at}.json`), '{}');
      mkdirSync(path.join(root, 'training', `all-${at}`));
    }
    const wish = { config: 'all-{index}.json', workdir: 'all-{index}', tasks: 3, atOnce: 1 };
    const { jobs } = (await ask('POST', '/v1/gpu/arrays', wish)).json<GpuJobList>();
    const [first, second, third] = jobs.map(({ jobId }) => jobId);
    const url = `/v1/gpu/arrays/${jobs[0]!.array!.id}`;
    const why = { reason: 'the wrong data' };
    const change = async (kind: string, ...who: [Role?, string?]) =>
      (await ask('POST', `${url}/${kind}`, why, ...who)).json<GpuArrayChange>();

    expect((await ask('POST', `${url}/cancel`, why, 'user', 'lee')).json<Problem>()).toMatchObject({
      ...{ status: 404, code: 'gpu.array-not-found' },
    });
    expect((await ask('POST', `${url}/cancel`, {})).statusCode).toBe(400);
    const { explanation } = (await ask('GET', `/v1/gpu/jobs/${third}`)).json<GpuJobDetail>();
    expect(explanation!.blockers).toMatchObject([
      { code: 'array-full', params: { limit: 1, count: 2, tasks: `${first}, ${second}` } },
    ]);
    expect(explanation!.blockers[0]!.text).toContain(`${first}, ${second}`);
    await ask('POST', `/v1/gpu/jobs/${second}/cancel`, why);
    const held = await change('hold');
    expect(held.changed).toBe(2);
    expect(held.tasks.map(({ job }) => [job.jobId, job.isHeld])).toEqual([
      ...[
        [first, true],
        [second, false],
      ],
      [third, true],
    ]);
    expect(held.tasks[1]!.problem).toContain('cancelled');
    expect((await change('release')).tasks.filter(({ job }) => job.isHeld)).toEqual([]);
    expect((await change('requeue')).changed).toBe(0);
    const cancelled = await change('cancel', 'operator', 'choi');
    expect(cancelled.tasks.map(({ job, problem }) => [job.state, problem === null])).toEqual([
      ...[
        ['cancelled', true],
        ['cancelled', false],
      ],
      ['cancelled', true],
    ]);
    const [entry] = await listAudit(database.sql, { subject: `gpu/${third}`, timeZone: 'UTC', limit: 1 });
    expect(entry).toMatchObject({ action: 'gpu.job-changed', actor: 'choi', reason: why.reason });
  });

  it('is put behind others by its owner, and before them, or given more time, by who may', async () => {
    const jobId = await idOf(submit());
    const url = `/v1/gpu/jobs/${jobId}`;
    const wish = (change: object) => ({ reason: 'it has time', ...change });

    expect((await ask('POST', `${url}/reprioritise`, wish({ nice: 50 }))).json<GpuJobView>().nice).toBe(50);
    expect((await ask('POST', `${url}/reprioritise`, wish({ nice: 40 }))).statusCode).toBe(403);
    expect((await ask('POST', `${url}/reprioritise`, wish({ qos: 'high' }))).statusCode).toBe(403);
    expect(
      (await ask('POST', `${url}/reprioritise`, wish({ qos: 'best' }), 'admin')).json<Problem>(),
    ).toMatchObject({
      code: 'gpu.order-invalid',
    });
    expect((await ask('POST', `${url}/reprioritise`, wish({}))).statusCode).toBe(400);
    const high = await ask('POST', `${url}/reprioritise`, wish({ qos: 'high', nice: 0 }), 'admin');
    expect(high.json<GpuJobView>()).toMatchObject({ qos: 'high', nice: 0 });
    expect((await ask('POST', `${url}/extend`, wish({ walltimeMinutes: 90 }))).statusCode).toBe(403);
    const longer = await ask('POST', `${url}/extend`, wish({ walltimeMinutes: 90 }), 'operator');
    expect(longer.json<GpuJobView>().walltimeSeconds).toBe(5400);
  });

  it('is explained in its order, in the language of the reader, and imagined before it is there', async () => {
    await planNow(database.sql, BY);
    await database.sql.begin(async (tx) => {
      await lockGpu(tx);
      // A thousandth an hour.
      const card = { purchaseMicros: 8_760_000_000, salvageMicros: 0, lifeYears: 1000, maintenanceShare: 0 };
      const site = { currency: 'USD', pue: 1, kwhMicros: 0, labourMicros: 0, infraMicros: 0 };
      const [model, effectiveOn] = ['H100-80GB', '2020-01-01'];
      await addRates(tx, BY, [{ model, effectiveOn, ...card }], [{ effectiveOn, ...site }]);
    });
    const queue = (await ask('GET', '/v1/gpu/queue', undefined, 'operator')).json<GpuQueueView>();
    const positions = queue.waiting.flatMap(({ explanation }) => explanation.position ?? []);
    const imagined = await ask('POST', '/v1/gpu/what-if', order());
    const { explanation } = imagined.json<GpuWhatIfView>();
    const last = queue.waiting.find(({ explanation: { position } }) => position !== null)!.job.jobId;
    const korean = await app.inject({
      ...{ method: 'GET', url: `/v1/gpu/jobs/${last}` },
      headers: { ...bearer(tokenFor('operator')), 'accept-language': 'ko' },
    });

    expect(queue.running.length).toBeGreaterThan(0);
    expect(positions).toEqual([...positions].sort((one, other) => one - other));
    expect(explanation.position).toBeGreaterThan(0);
    expect(explanation.plannedStart).not.toBeNull();
    const large = { resources: { gpus: 2 }, nice: -10_000, walltimeMinutes: 600 };
    const before = (await ask('POST', '/v1/gpu/what-if', order(large), 'admin')).json<GpuWhatIfView>();
    const seenByLee = await ask('POST', '/v1/gpu/what-if', order({ ...large, nice: 0 }), 'user', 'lee');
    expect(before.displaced.length).toBeGreaterThan(0);
    expect(before.others).toBe(0);
    const leeSees = (await ask('GET', '/v1/gpu/jobs', undefined, 'user', 'lee')).json<GpuJobList>();
    const own = new Set(leeSees.jobs.map(({ jobId }) => jobId));
    for (const { job } of seenByLee.json<GpuWhatIfView>().displaced) expect(own).toContain(job);
    expect(explanation.cost).toEqual({ currency: 'USD', expected: '0.001000', most: '0.001000' });
    const seen = await ask('GET', `/v1/gpu/jobs/${last}`, undefined, 'viewer');
    expect(seen.json<GpuJobDetail>().explanation!.cost).toBeNull();
    expect(Date.parse(explanation.startP90!)).toBeGreaterThanOrEqual(Date.parse(explanation.startP50!));
    expect(korean.json<GpuJobDetail>().explanation!.blockers[0]!.text).toMatch(/[가-힣]/);
    const all = (await ask('GET', '/v1/gpu/jobs?state=all', undefined, 'operator')).json<GpuJobList>();
    const open = all.jobs.filter(({ state }) => state !== 'cancelled');
    expect(open).toHaveLength(queue.running.length + queue.waiting.length);
    expect((await ask('POST', '/v1/gpu/what-if', order({ resources: { gpus: 9 } }))).statusCode).toBe(400);
  });
});
