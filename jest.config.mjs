/**
 * Jest runs under the pinned Node. Everything is transformed to CommonJS, dependencies too: some publish ES modules
 * only, and a deny list of the few that must not be touched ages better than an allow list.
 */
const transform = {
  '^.+\\.(t|j|mj)s$': [
    '@swc/jest',
    { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
  ],
};

const project = (name, overrides = {}) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  testEnvironment: 'node',
  transform,
  transformIgnorePatterns: ['/node_modules/(@temporalio|@swc|typescript|protobufjs|@grpc|webpack)/'],
  ...overrides,
});

/** What needs programs that may have to be fetched or built first: only when it is named. */
const named = ['oracle', 'cluster', 'cluster-alone'].filter((name) => process.argv.includes(name));

export default {
  testTimeout: 60_000,
  projects: ['domain', 'services', 'workflows', 'replay', 'api', 'cli', ...named].map((name) =>
    project(name),
  ),
};
