import tseslint from 'typescript-eslint';

const bannedInWorkflows = [
  '@temporalio/activity',
  '@temporalio/client',
  '@temporalio/worker',
  'zod',
  'postgres',
];

export default tseslint.config(
  { ignores: ['node_modules', '.tain', 'data', 'tests/fixtures'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', '*.cjs', 'cli/launch.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Settings are read in platform/config.ts and handed down.',
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/unbound-method': 'off',
      // Interfaces of others ask for promises where there is nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['workflows/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', ...bannedInWorkflows],
              message: 'Workflows are deterministic: I/O is for activities.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'fetch', 'setInterval', 'process'],
    },
  },
  {
    // Data tables are exempt from the size limit; the environment is theirs to read or to hand to children.
    files: ['domain/cftc/elements.ts', 'domain/cftc/element-*.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: [
      'platform/config.ts',
      'platform/embedded/**',
      'scripts/**',
      'tests/**',
      'cli/**',
      // Programs that executors run: their contract is the environment.
      'demo/train/**',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['*.config.mjs'], rules: { 'no-restricted-exports': 'off' } },
);
