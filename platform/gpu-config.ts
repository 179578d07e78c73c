/**
 * The GPU file (TAIN_GPU_FILE): nodes with their cards, prices, quotas, weights and teams. It says what is to be; what is
 * the case stands in the database.
 */
import { z } from 'zod';
import { GPU_SHARINGS, MODEL_NAME, type GpuInventory, type GpuPolicyDocument } from '../contracts/gpu.ts';
import { readSettings } from './settings-file.ts';

const GPU_FILE_ERRORS = { invalid: 'gpu-file.invalid', unreadable: 'gpu-file.unreadable' } as const;

const name = (what: string) =>
  z.string().regex(/^[a-z0-9][a-z0-9.-]{0,61}$/, `is no ${what} name: a-z, 0-9, "." and "-"`);
const person = z.string().min(1).max(200);
const date = z.iso.date('is no date like 2026-11-21');
const MICROS = 1_000_000;
const HOUR_MS = 3_600_000;
const whole = (max: number) => z.int().min(1).max(max);

/** Money as text, so that no digit is lost: "30000.00", at most six behind the point. Comes out in micros. */
const money = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/, 'is no amount like "30000.00"')
  .transform((text) => {
    const [units, behind = ''] = text.split('.');
    return Number(units) * MICROS + Number(behind.padEnd(6, '0'));
  });

const Model = z.strictObject({
  model: z.string().regex(MODEL_NAME, 'is no name of a model'),
  memoryGb: whole(10_000),
  tdpWatts: whole(100_000),
  idleWatts: z.int().min(0).max(100_000).nullable().default(null),
});

/** Shares of a card by time, as the planner counts them. */
const SHARES = 10;

const Instance = z.strictObject({
  instance: z.string().regex(/^MIG-[A-Za-z0-9-]{1,60}$/, 'is no id of an instance like MIG-…'),
  profile: z.string().min(1).max(40),
  /** The memory slice that it begins at. */
  start: z.int().min(0).max(7),
});

const Card = z
  .strictObject({
    device: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, 'is no id of a card like GPU-…'),
    index: z.int().min(0).max(29),
    model: z.string().min(1).max(63),
    sharing: z.enum(GPU_SHARINGS).default('whole'),
    inServiceOn: date.optional(),
    instances: z.array(Instance).max(7).default([]),
  })
  .refine(({ sharing, instances }) => (sharing === 'mig') === instances.length > 0, {
    message: 'are named of each card with MIG, at least one, and of no other',
    path: ['instances'],
  });

const Node = z.strictObject({
  node: name('node'),
  cpus: z.number().min(0.1).max(10_000),
  memoryMib: whole(1_000_000_000),
  gpus: z.array(Card).max(30, 'are more than 30 cards of a node').default([]),
});

const Rate = z
  .strictObject({
    model: z.string().min(1).max(63),
    from: date,
    purchase: money,
    salvage: money.default(0),
    lifeYears: z.number().min(0.1).max(50),
    maintenance: z.number().min(0).max(1).default(0),
  })
  .refine(({ purchase, salvage }) => salvage <= purchase, {
    message: 'salvage is more than purchase',
    path: ['salvage'],
  });

const SiteRate = z.strictObject({
  from: date,
  currency: z.string().regex(/^[A-Z]{3}$/, 'is no currency code like USD'),
  pue: z.number().min(1).max(10),
  kwh: money,
  labourPerMonth: money.default(0),
  infrastructurePerMonth: money.default(0),
});

const weight = z.int().min(0).max(1_000_000_000);
const hours = z.number().min(0.1).max(100_000);
const shares = z.number().min(0).max(1_000_000);
const quota = z.number().min(0).max(100_000);

const GpuFile = z
  .strictObject({
    models: z.array(Model).default([]),
    nodes: z.array(Node).max(1, 'are more than one: training runs as processes of one machine').default([]),
    rates: z.array(Rate).default([]),
    siteRates: z.array(SiteRate).default([]),
    weights: z
      .strictObject({ age: weight, fairshare: weight, jobSize: weight, qos: weight, gpus: weight })
      .partial()
      .default({}),
    maxAgeHours: hours.optional(),
    halfLifeHours: hours.optional(),
    dampening: z.number().min(0.01).max(100).optional(),
    qos: z
      .record(
        name('QoS'),
        z.strictObject({
          priority: z.int().min(0).max(1_000_000),
          preempts: z.array(z.string()).default([]),
        }),
      )
      .default({}),
    teams: z
      .array(
        z.strictObject({
          team: name('team'),
          parent: name('team').nullable().default(null),
          shares: shares.default(1),
          gpus: quota.optional(),
          users: z
            .array(z.strictObject({ user: person, shares: shares.default(1), gpus: quota.optional() }))
            .default([]),
        }),
      )
      .default([]),
  })
  .superRefine((file, context) => {
    const twice = (values: readonly string[], path: string, what: string): void => {
      const again = values.find((value, at) => values.indexOf(value) < at);
      if (again !== undefined)
        context.addIssue({ code: 'custom', path: [path], message: `${what} ${again} is there twice` });
    };
    twice(
      file.models.map(({ model }) => model),
      'models',
      'the model',
    );
    twice(
      file.nodes.flatMap(({ gpus }) => gpus.map(({ device }) => device)),
      'nodes',
      'the card',
    );
    twice(
      file.nodes.flatMap(({ gpus }) =>
        gpus.flatMap(({ instances }) => instances.map(({ instance }) => instance)),
      ),
      'nodes',
      'the MIG instance',
    );
    for (const { node, gpus } of file.nodes)
      twice(
        gpus.map(({ index }) => String(index)),
        'nodes',
        `of ${node}, the index`,
      );
    twice(
      file.teams.map(({ team }) => team),
      'teams',
      'the team',
    );
    twice(
      file.teams.flatMap(({ users }) => users.map(({ user }) => user)),
      'teams',
      'the user',
    );
    twice(
      file.rates.map(({ model, from }) => `${model} from ${from}`),
      'rates',
      'the rate of',
    );
    twice(
      file.siteRates.map(({ from }) => from),
      'siteRates',
      'the rate from',
    );
    const known = new Map(file.teams.map(({ team, parent }) => [team, parent]));
    file.teams.forEach(({ team, parent }, at) => {
      const message = problemOfParent(known, team, parent);
      if (message !== null) context.addIssue({ code: 'custom', path: ['teams', at, 'parent'], message });
    });
    Object.entries(file.qos).forEach(([qos, { preempts }]) => {
      const stray = preempts.find((other) => !Object.hasOwn(file.qos, other));
      if (stray !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['qos', qos, 'preempts'],
          message: `there is no QoS ${stray}`,
        });
    });
  });

/** Why a team cannot lie below another; null: it can. */
function problemOfParent(
  parents: ReadonlyMap<string, string | null>,
  team: string,
  parent: string | null,
): string | null {
  if (parent !== null && !parents.has(parent)) return `there is no team ${parent}`;
  const seen = new Set<string>();
  // A loop that this team is no part of is told at those that are.
  for (let above = parent; above !== null && !seen.has(above); above = parents.get(above) ?? null) {
    if (above === team) return 'the team lies below itself';
    seen.add(above);
  }
  return null;
}

const GpuFileOfCluster = GpuFile.refine(({ nodes }) => nodes.length === 0, {
  path: ['nodes'],
  message: 'are those of the cluster (TAIN_KUBERNETES_FILE), which tells them itself: name none here',
});

/**
 * What the file says, as it is kept.
 * @param hasCluster nodes come from a cluster: the file may name none
 * @throws TainError gpu-file.invalid, naming the file, the place in it and what is wrong; gpu-file.unreadable
 */
export async function loadGpuInventory(file: string, hasCluster = false): Promise<GpuInventory> {
  const given = await readSettings(file, hasCluster ? GpuFileOfCluster : GpuFile, GPU_FILE_ERRORS);
  return {
    models: given.models,
    nodes: given.nodes.map(({ node, cpus, memoryMib, gpus }) => ({
      ...{ node, memoryMib, cpuMillis: Math.round(cpus * 1000) },
      // Of a card that is cut by MIG its model knows into how many.
      devices: gpus.map(({ sharing, inServiceOn, ...card }) => ({
        ...{ ...card, sharing, slices: { whole: 1, shared: SHARES, mig: null }[sharing] },
        inServiceOn: inServiceOn ?? null,
      })),
    })),
    rates: given.rates.map(({ model, from, purchase, salvage, lifeYears, maintenance }) => ({
      ...{ model, effectiveOn: from, purchaseMicros: purchase, salvageMicros: salvage, lifeYears },
      maintenanceShare: maintenance,
    })),
    siteRates: given.siteRates.map(
      ({ from, currency, pue, kwh, labourPerMonth, infrastructurePerMonth }) => ({
        ...{ effectiveOn: from, currency, pue, kwhMicros: kwh },
        ...{ labourMicros: labourPerMonth, infraMicros: infrastructurePerMonth },
      }),
    ),
    policy: policyOf(given),
  };
}

function policyOf({
  weights,
  maxAgeHours,
  halfLifeHours,
  dampening,
  qos,
  teams,
}: z.output<typeof GpuFile>): GpuPolicyDocument {
  const limits = <Row extends { readonly gpus?: number | undefined }>(
    rows: readonly Row[],
    nameOf: (row: Row) => string,
  ) => Object.fromEntries(rows.flatMap((row) => (row.gpus === undefined ? [] : [[nameOf(row), row.gpus]])));
  const users = teams.flatMap(({ team, users }) => users.map((user) => ({ ...user, team })));
  return {
    priority: {
      weights: Object.fromEntries(Object.entries(weights).filter(([, value]) => value !== undefined)),
      ...(maxAgeHours !== undefined && { maxAgeMs: maxAgeHours * HOUR_MS }),
      ...(halfLifeHours !== undefined && { halfLifeMs: halfLifeHours * HOUR_MS }),
      ...(dampening !== undefined && { dampening }),
    },
    qos,
    quotas: { teams: limits(teams, ({ team }) => team), users: limits(users, ({ user }) => user) },
    teams: teams.map(({ team, parent, shares }) => ({ name: team, parent, shares })),
    users: users.map(({ user, team, shares }) => ({ user, team, shares })),
  };
}
