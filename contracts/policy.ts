/** Who may do what: the one policy table. A route names its action; the role comes with the token. */
export const ROLES = ['admin', 'operator', 'user', 'viewer', 'service'] as const;

export type Role = (typeof ROLES)[number];

/**
 * The five areas of GPU training, and how far each role reaches into them: `all` sees and changes everything, `restricted`
 * sees everything and changes what is routine (drains and resumes, submits for others), `own` sees and changes what is
 * its own, `read` sees everything.
 */
export const GPU_AREAS = ['devices', 'allocations', 'cost', 'metrics', 'system'] as const;

export type GpuArea = (typeof GPU_AREAS)[number];

export type GpuReach = 'all' | 'restricted' | 'own' | 'read' | 'none';

export const GPU_ACCESS: Readonly<Record<Role, Readonly<Record<GpuArea, GpuReach>>>> = {
  admin: { devices: 'all', allocations: 'all', cost: 'all', metrics: 'all', system: 'all' },
  operator: { devices: 'all', allocations: 'all', cost: 'read', metrics: 'all', system: 'restricted' },
  user: { devices: 'read', allocations: 'own', cost: 'own', metrics: 'own', system: 'none' },
  viewer: { devices: 'read', allocations: 'read', cost: 'none', metrics: 'read', system: 'none' },
  service: { devices: 'restricted', allocations: 'restricted', cost: 'none', metrics: 'all', system: 'read' },
};

const withReach = (area: GpuArea, ...reaches: readonly GpuReach[]): readonly Role[] =>
  ROLES.filter((role) => reaches.includes(GPU_ACCESS[role][area]));

const seeing = (area: GpuArea): readonly Role[] => withReach(area, 'all', 'restricted', 'own', 'read');

export const POLICY = {
  'files.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'rejections.download': ['admin', 'operator', 'user', 'service'],
  'files.upload': ['admin', 'operator', 'service'],
  'inbox.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'feeds.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'feeds.operate': ['admin', 'operator'],
  'swaps.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'reports.order': ['admin', 'operator', 'user', 'viewer', 'service'],
  'reports.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'trace.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'exceptions.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'exceptions.handle': ['admin', 'operator'],
  'obligations.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'rules.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'days.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'days.operate': ['admin', 'operator'],
  'days.download': ['admin', 'operator', 'user', 'service'],
  'days.verify': ['admin', 'operator', 'viewer'],
  'outbound.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'outbound.operate': ['admin', 'operator'],
  'priority.read': ['admin', 'operator', 'user', 'viewer', 'service'],
  'priority.override': ['admin', 'operator'],
  'gpu.devices.read': seeing('devices'),
  'gpu.devices.operate': withReach('devices', 'all', 'restricted'),
  'gpu.devices.retire': withReach('devices', 'all'),
  'gpu.allocations.read': seeing('allocations'),
  'gpu.jobs.submit': withReach('allocations', 'all', 'restricted', 'own'),
  'gpu.jobs.operate': withReach('allocations', 'all', 'restricted', 'own'),
  /** What puts a job before those of others: a better QoS, less nice, more time. */
  'gpu.jobs.favour': withReach('allocations', 'all'),
  'gpu.cost.read': seeing('cost'),
  'gpu.metrics.read': seeing('metrics'),
  'gpu.system.read': seeing('system'),
  'audit.read': ['admin', 'operator', 'viewer'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof POLICY;

/** Routes that need no token. A route that is neither here nor names its action stops the API at its start. */
export const PUBLIC_ROUTES: readonly string[] = [
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/docs/',
  '/docs/js/scalar.js',
  '/docs/openapi.json',
  '/docs/openapi.yaml',
];

/** Reports belong to whoever asked for them; these roles see and cancel those of everybody. */
export const SEES_ALL_REPORTS: readonly Role[] = ['admin', 'operator'];

/** Whether a role changes in an area what belongs to others, once it is there. */
export const changesAll = (role: Role, area: GpuArea): boolean => GPU_ACCESS[role][area] === 'all';

/** Whether a role sees nothing of an area but its own. */
export const seesOnlyOwn = (role: Role, area: GpuArea): boolean => GPU_ACCESS[role][area] === 'own';

export function isAllowed(role: Role, action: Action): boolean {
  return (POLICY[action] as readonly Role[]).includes(role);
}

export function isRole(text: unknown): text is Role {
  return (ROLES as readonly unknown[]).includes(text);
}
