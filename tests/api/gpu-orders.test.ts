import { beforeAll, describe, expect, it } from '@jest/globals';
import type { GpuJobDetail, GpuJobList, GpuJobPage, GpuJobView } from '../../contracts/gpu-jobs.schema.ts';
import { NO_GPU_POLICY, type GpuPolicyDocument } from '../../contracts/gpu.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { setPolicy } from '../../db/gpu-policy.ts';
import { lockGpu } from '../../db/gpu-position.ts';
import { bearer, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useGpuApi } from '../support/gpu-api.ts';
import { addNode, BY, queueJob } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const { inject, folders } = useGpuApi(database, temporal);

beforeAll(async () => {
  await addNode(database.sql, [{}, {}]);
});

const ask = (method: 'GET' | 'POST', url: string, payload?: object, role: Role = 'user') =>
  inject({ method, url, ...(payload && { payload }), headers: bearer(tokenFor(role, 'kim')) });

const submit = (change: object = {}, role?: Role) =>
  ask('POST', '/v1/gpu/jobs', { ...folders(), ...change }, role);

const countJobs = async (): Promise<number> =>
  (await database.sql<{ jobs: number }[]>`select count(*)::int as jobs from gpu_job`)[0]!.jobs;

describe('a request key that comes again', () => {
  it.each<[string, object]>([
    ['resources', { resources: { gpus: 2 } }],
    ['parameters', { parameters: { steps: 99 } }],
    ['qos', { qos: 'low' }],
    ['hold', { hold: true }],
  ])(
    'with other %s is refused by that field, and with the same order is the same job',
    async (field, other) => {
      const order = { ...folders(), requestKey: `job-${field}`, parameters: { steps: 5 } };
      const first = await ask('POST', '/v1/gpu/jobs', order);
      const again = await ask('POST', '/v1/gpu/jobs', { user: 'kim', ...order });
      const differs = (await ask('POST', '/v1/gpu/jobs', { ...order, ...other })).json<Problem>();

      expect(again.json<GpuJobView>().jobId).toBe(first.json<GpuJobView>().jobId);
      expect(differs).toMatchObject({ status: 409, code: 'gpu.request-differs' });
      expect(differs.detail).toContain(`another ${field}`);
      expect(differs.detail).toContain(first.json<GpuJobView>().jobId);
    },
  );

  it.each([4, 1])('with %d tasks instead of two enters none of them', async (tasks) => {
    const order = { ...folders(4), requestKey: `array-${tasks}` };
    const first = await ask('POST', '/v1/gpu/arrays', { ...order, tasks: 2 });
    const before = await countJobs();
    const other = await ask('POST', '/v1/gpu/arrays', { ...order, tasks });
    const again = await ask('POST', '/v1/gpu/arrays', { ...order, tasks: 2 });

    expect(other.json<Problem>()).toMatchObject({ status: 409, code: 'gpu.request-differs' });
    expect(again.json<GpuJobList>()).toEqual(first.json<GpuJobList>());
    expect(await countJobs()).toBe(before);
  });
});

describe('what a job waits for', () => {
  it('is named once', async () => {
    const job = (await submit()).json<GpuJobView>().jobId;
    const twice = await submit({ dependsOn: [{ job }, { job, condition: 'any' }] });

    expect(twice.json<Problem>()).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(twice.json<Problem>().detail).toMatch(/dependsOn.*names a job twice/);
  });

  it('is of the caller, who is not told whether others have such a job', async () => {
    const ofLee = await queueJob(database.sql, { owner: 'lee' });
    const refusals = [ofLee, 'j-none'].map(async (job) =>
      (await submit({ dependsOn: [{ job }] })).json<Problem>(),
    );
    const [theirs, none] = await Promise.all(refusals);

    expect(theirs).toMatchObject({ status: 404, code: 'gpu.job-not-found' });
    expect({ ...theirs, requestId: '', detail: theirs!.detail.replace(ofLee, 'j-none') }).toEqual({
      ...none,
      requestId: '',
    });
    expect((await submit({ dependsOn: [{ job: ofLee }] }, 'operator')).statusCode).toBe(202);
  });
});

describe('why a job waits for others', () => {
  const detailOf = async (job: string, role?: Role, language = 'en') => {
    const headers = { ...bearer(tokenFor(role ?? 'user', 'kim')), 'accept-language': language };
    const answer = await inject({ method: 'GET', url: `/v1/gpu/jobs/${job}`, headers });
    return answer.json<GpuJobDetail>();
  };
  const textsOf = ({ explanation }: GpuJobDetail) => explanation!.blockers.map(({ text }) => text);

  it('names those that have not ended, and those of others only to who sees them', async () => {
    const ofLee = await queueJob(database.sql, { owner: 'lee', workdir: '/of-lee' });
    const [first, second] = [await submit(), await submit()].map((one) => one.json<GpuJobView>().jobId);
    const dependsOn = [{ job: first }, { job: second, condition: 'any' }, { job: ofLee }];
    const waiting = (await submit({ user: 'kim', dependsOn }, 'operator')).json<GpuJobView>().jobId;
    const told = await detailOf(waiting);

    expect(textsOf(told)).toEqual([
      'It waits for a job of somebody else to succeed.',
      `It waits for ${first} to succeed.`,
      `It waits for ${second} to end.`,
    ]);
    expect(told.dependsOn).toEqual([
      { job: null, condition: 'success', state: 'queued' },
      { job: first, condition: 'success', state: 'queued' },
      { job: second, condition: 'any', state: 'queued' },
    ]);
    expect(JSON.stringify(told)).not.toContain(ofLee);
    expect(textsOf(await detailOf(waiting, 'operator'))[0]).toBe(`It waits for ${ofLee} to succeed.`);
    expect(textsOf(await detailOf(waiting, 'user', 'ko'))[1]).toContain(`${first}이(가) 성공`);
    await ask('POST', `/v1/gpu/jobs/${second}/cancel`, { reason: 'a test' });
    expect(textsOf(await detailOf(waiting)).join()).not.toContain(second);
  });

  it('names the first of many, and says how many more there are', async () => {
    const jobs: string[] = [];
    for (let at = 0; at < 7; at += 1) jobs.push((await submit()).json<GpuJobView>().jobId);
    const waiting = (await submit({ dependsOn: jobs.map((job) => ({ job })) })).json<GpuJobView>().jobId;
    const texts = textsOf(await detailOf(waiting));

    expect(texts).toHaveLength(6);
    expect(texts[5]).toBe('It waits for so many more jobs: 2.');
  });
});

describe('a list of jobs', () => {
  it('goes on with the cursor of the page before, to the oldest', async () => {
    const all = (await ask('GET', '/v1/gpu/jobs?state=all&limit=500')).json<GpuJobPage>();
    const found: string[] = [];
    for (let cursor = ''; ;) {
      const page = await ask('GET', `/v1/gpu/jobs?state=all&limit=3${cursor}`);
      const { jobs, next } = page.json<GpuJobPage>();
      found.push(...jobs.map(({ jobId }) => jobId));
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }

    expect(all.next).toBeNull();
    expect(found.length).toBeGreaterThan(3);
    expect(found).toEqual(all.jobs.map(({ jobId }) => jobId));
  });
});

describe('what Postgres cannot keep', () => {
  const WRONG: readonly [what: string, ask: () => ReturnType<typeof submit>, detail: RegExp][] = [
    ['a NUL in a name', () => submit({ user: 'kim\0' }, 'operator'), /user.*control/],
    ['half a character in a name', () => submit({ user: 'kim\ud800' }, 'operator'), /user.*half/],
    ['a year of five digits', () => submit({ expiresAt: '9999-12-31T23:59:59-23:59' }), /expiresAt.*9999/],
    [
      'a NUL in whose jobs',
      () => ask('GET', '/v1/gpu/jobs?user=%00', undefined, 'operator'),
      /user.*control/,
    ],
    [
      'a NUL in whose use',
      () => ask('GET', '/v1/gpu/usage?user=%00', undefined, 'operator'),
      /user.*control/,
    ],
    ['a NUL in a card', () => ask('GET', '/v1/gpu/usage?device=%00', undefined, 'operator'), /device/],
    ['a NUL in a status', () => ask('GET', '/status/%00', undefined, 'operator'), /user.*control/],
    ['a NUL in the sample', () => ask('POST', '/submit', { ...folders(), user: '\0' }, 'operator'), /user/],
  ];

  it.each(WRONG)('like %s is refused by its field', async (_what, answer, detail) => {
    const problem = (await answer()).json<Problem>();

    expect(problem).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(problem.detail).toMatch(detail);
  });
});

describe('under a policy without the QoS "normal"', () => {
  const set = (policy: GpuPolicyDocument) =>
    database.sql.begin(async (tx) => {
      await lockGpu(tx);
      await setPolicy(tx, BY, policy, 'a test');
    });

  it('a job of which none is said has the least, and the sample training is taken', async () => {
    const qos = { gold: { priority: 9, preempts: [] }, basic: { priority: 3, preempts: [] } };
    await set({ ...NO_GPU_POLICY, qos });
    const job = (await submit()).json<GpuJobView>();
    const sample = await ask('POST', '/submit', { ...folders(), user: 'kim' });
    const better = await submit({ qos: 'gold' });
    await set(NO_GPU_POLICY);

    expect(job.qos).toBe('basic');
    expect(sample.statusCode).toBe(202);
    expect(better.statusCode).toBe(403);
    expect((await submit()).json<GpuJobView>().qos).toBe('normal');
  });
});
