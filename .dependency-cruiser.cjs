/** Who may import whom: folders are layers. The table stands in docs/architecture.md. */
const layers = {
  contracts: ['contracts'],
  domain: ['contracts', 'domain'],
  workflows: ['contracts', 'domain', 'workflows'],
  db: ['contracts', 'domain', 'db'],
  platform: ['contracts', 'domain', 'platform'],
  activities: ['contracts', 'domain', 'db', 'platform', 'activities'],
  api: ['contracts', 'domain', 'db', 'platform', 'api'],
  demo: ['contracts', 'domain', 'db', 'platform', 'demo'],
  cli: ['contracts', 'domain', 'db', 'platform', 'demo', 'cli'],
  workers: ['contracts', 'domain', 'db', 'platform', 'activities', 'workers'],
};

const every = Object.keys(layers);

const layerRules = Object.entries(layers).map(([from, allowed]) => ({
  name: `${from}-imports`,
  comment: `${from} may import ${allowed.join(', ')} and nothing else of the project`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: `^(${[...every, 'scripts', 'tests'].filter((layer) => !allowed.includes(layer)).join('|')})/`,
    // Workflows know activities by their types alone.
    ...(from === 'workflows' && { dependencyTypesNot: ['type-only'] }),
  },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'workflows-without-zod',
      comment: 'a schema in the bundle costs memory in every cached workflow',
      severity: 'error',
      from: { path: '^(workflows|domain)/' },
      to: { path: '\\.schema\\.ts$' },
    },
    {
      name: 'zod-only-in-schemas',
      severity: 'error',
      from: { path: '^contracts/', pathNot: '\\.schema\\.ts$' },
      to: { dependencyTypes: ['npm'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain takes no package and no builtin: everything it needs comes as an argument',
      severity: 'error',
      from: { path: '^domain/' },
      to: { dependencyTypes: ['npm', 'core'] },
    },
    {
      name: 'contracts-without-builtins',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
