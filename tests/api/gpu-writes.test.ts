import { beforeAll, expect, it } from '@jest/globals';
import { ROLES, type Role } from '../../contracts/policy.ts';
import type { JobOrder } from '../../db/gpu-jobs.ts';
import { bearer, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useGpuApi } from '../support/gpu-api.ts';
import { addNode, queueJob } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const { inject, folders } = useGpuApi(database, temporal);
let count = 0;

beforeAll(async () => {
  await addNode(database.sql, [{}]);
});

type Write = (role: Role) => Promise<number>;

const REASON = { reason: 'a test' };

async function post(url: string, role: Role, payload: object = REASON): Promise<number> {
  const headers = bearer(tokenFor(role, 'kim'));
  return (await inject({ method: 'POST', url, payload, headers })).statusCode;
}

/** Kim submits. */
const submit =
  (change: object): Write =>
  (role) =>
    post('/v1/gpu/jobs', role, { ...folders(), ...change });

/** Kim changes a new job of somebody. */
const change =
  (owner: string, operation: string, wish: object = {}, of: Partial<JobOrder> = {}): Write =>
  async (role) => {
    count += 1;
    const jobId = await queueJob(database.sql, { owner, workdir: `/w/${count}`, ...of });
    return post(`/v1/gpu/jobs/${jobId}/${operation}`, role, { ...REASON, ...wish });
  };

/** Kim changes a new array of somebody. */
const changeArray =
  (owner: string, operation: string): Write =>
  async (role) => {
    count += 1;
    const array = { id: `a-${count}`, index: 0, limit: null };
    await queueJob(database.sql, { owner, workdir: `/w/${count}`, array });
    return post(`/v1/gpu/arrays/${array.id}/${operation}`, role);
  };

const onNode =
  (...operations: readonly string[]): Write =>
  async (role) => {
    const { node } = await addNode(database.sql, []);
    const codes: number[] = [];
    for (const operation of operations) codes.push(await post(`/v1/gpu/nodes/${node}/${operation}`, role));
    return codes.at(-1)!;
  };

const onCard =
  (...operations: readonly string[]): Write =>
  async (role) => {
    const { devices } = await addNode(database.sql, [{}]);
    const codes: number[] = [];
    for (const operation of operations)
      codes.push(await post(`/v1/gpu/devices/${devices[0]}/${operation}`, role));
    return codes.at(-1)!;
  };

/** What admin, operator, user, viewer and service are answered. Who does not see a job is not told that there is one. */
const ALL = [202, 202, 202, 403, 202];
const [CHANGED, FOR_OTHERS] = [
  [200, 200, 200, 403, 200],
  [202, 202, 403, 403, 202],
];
const [FAVOURED, OF_OTHERS] = [
  [202, 202, 403, 403, 403],
  [200, 200, 404, 403, 403],
];
const FAVOUR = [200, 200, 403, 403, 403];
const ROUTINE = [200, 200, 403, 403, 200];

const TABLE: readonly (readonly [what: string, write: Write, codes: readonly number[]])[] = [
  ['submits his own', submit({}), ALL],
  ['submits for somebody else', submit({ user: 'lee' }), FOR_OTHERS],
  ['submits with less nice', submit({ nice: -1 }), FAVOURED],
  ['submits with a better QoS', submit({ qos: 'high' }), FAVOURED],
  ['submits what nobody preempts', submit({ preemptible: false }), FAVOURED],
  ['submits what nobody preempts as long as all', submit({ minimumRunMinutes: 30 }), ALL],
  ['submits what nobody preempts for longer', submit({ minimumRunMinutes: 31 }), FAVOURED],
  ['submits it so with a worse QoS', submit({ minimumRunMinutes: 129_600, qos: 'low' }), FAVOURED],
  ['holds his own', change('kim', 'hold'), CHANGED],
  ['releases his own', change('kim', 'release'), CHANGED],
  ['cancels his own', change('kim', 'cancel'), CHANGED],
  ['stands back', change('kim', 'reprioritise', { nice: 5 }), CHANGED],
  ['puts his own first', change('kim', 'reprioritise', { nice: -5 }), FAVOUR],
  ['betters his own', change('kim', 'reprioritise', { qos: 'high' }), FAVOUR],
  ['extends his own', change('kim', 'extend', { walltimeMinutes: 90 }), FAVOUR],
  ['cancels his own array', changeArray('kim', 'cancel'), CHANGED],
  ['holds that of others', change('lee', 'hold'), OF_OTHERS],
  ['releases that of others', change('lee', 'release'), OF_OTHERS],
  ['cancels that of others', change('lee', 'cancel'), OF_OTHERS],
  ['puts that of others back', change('lee', 'reprioritise', { nice: 5 }), OF_OTHERS],
  ['puts that of others first', change('lee', 'reprioritise', { nice: -5 }), OF_OTHERS],
  ['extends that of others', change('lee', 'extend', { walltimeMinutes: 90 }), FAVOUR],
  ['cancels an array of others', changeArray('lee', 'cancel'), OF_OTHERS],
  ['drains a node', onNode('drain'), ROUTINE],
  ['resumes a node', onNode('drain', 'resume'), ROUTINE],
  ['retires a node', onNode('retire'), FAVOUR],
  ['drains a card', onCard('drain'), ROUTINE],
  ['resumes a card', onCard('drain', 'resume'), ROUTINE],
  ['retires a card', onCard('retire'), FAVOUR],
];

const CELLS = TABLE.flatMap(([what, write, codes]) =>
  ROLES.map((role, at) => [role, what, codes[at]!, write] as const),
);

it.each(CELLS)('a caller of the role %s who %s is answered %d', async (role, _what, code, write) => {
  expect(await write(role)).toBe(code);
});
