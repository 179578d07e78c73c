/** Who may do what: the one policy table. A route names its action; the role comes with the token. */
export const ROLES = ['admin', 'operator', 'user', 'viewer', 'service'] as const;

export type Role = (typeof ROLES)[number];

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

export function isAllowed(role: Role, action: Action): boolean {
  return (POLICY[action] as readonly Role[]).includes(role);
}

export function isRole(text: unknown): text is Role {
  return (ROLES as readonly unknown[]).includes(text);
}
