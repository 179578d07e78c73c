import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT_CONFIG, ROOT_DIR } from '../../platform/config.ts';

type Step = { readonly word: string; readonly rest: string };

const FILE = path.join(ROOT_DIR, 'infra', 'Dockerfile');

/** The steps of the Dockerfile, stage by stage. */
function readStages(): Step[][] {
  const text = readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '');
  const steps = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, word, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      if (word === undefined) throw new Error(`"${line}" is no step.`);
      return { word, rest: rest! };
    });
  const stages: Step[][] = [];
  for (const step of steps) {
    if (step.word === 'FROM') stages.push([]);
    stages.at(-1)!.push(step);
  }
  return stages;
}

const [packages, image] = readStages() as [Step[], Step[]];
const copiesOf = (stage: Step[]) =>
  stage
    .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
    .map(({ rest }) => {
      const words = rest.split(' ');
      return { sources: words.slice(0, -1), target: words.at(-1)! };
    });
const ofStage = (stage: Step[], word: string): string[] =>
  stage.filter((step) => step.word === word).map(({ rest }) => rest);

describe('the image', () => {
  it('is Debian slim with the Node that the lock file has', () => {
    const lock = JSON.parse(readFileSync(path.join(ROOT_DIR, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    const { version } = lock.packages['node_modules/node']!;

    expect(version).toMatch(/^24\./);
    for (const stage of [packages, image])
      expect(ofStage(stage, 'FROM')[0]).toMatch(new RegExp(`^node:${version}-trixie-slim\\b`));
  });

  it('runs as somebody who is not root, the one whom pods and the folders of training name', () => {
    expect(image.filter(({ word }) => word === 'USER').at(-1)?.rest).toBe('1000:1000');
    expect(image.findLastIndex(({ word }) => word === 'USER')).toBeGreaterThan(
      image.findLastIndex(({ word }) => word === 'RUN'),
    );
  });

  it('takes sources that there are, and its build is given those alone', () => {
    const sources = [packages, image].flatMap(copiesOf).flatMap((copy) => copy.sources);
    const ignore = readFileSync(`${FILE}.dockerignore`, 'utf8').trim().split('\n');

    expect(sources.filter((source) => !existsSync(path.join(ROOT_DIR, source)))).toEqual([]);
    expect(ignore[0]).toBe('*');
    expect(ignore.slice(1).sort()).toEqual([...new Set(sources)].map((source) => `!${source}`).sort());
  });

  it('fetches nothing by a name that means something else tomorrow', () => {
    const text = readFileSync(FILE, 'utf8');

    expect(text).not.toMatch(/:latest|curl|wget|apt-get|\bADD\b/);
    expect(ofStage(packages, 'RUN')[0]).toMatch(/^npm ci --omit=dev --omit=optional --ignore-scripts$/);
  });
});

describe('the files of the image', () => {
  let app = '';
  const packed: string[] = [];

  /** The packages that `npm ci --omit=dev --omit=optional` would leave, by the lock file, and what is copied beside them. */
  beforeAll(() => {
    app = mkdtempSync(path.join(tmpdir(), 'tain-image-'));
    for (const { sources, target } of copiesOf(image))
      for (const source of sources)
        cpSync(path.join(ROOT_DIR, source), path.join(app, target === './' ? source : target), {
          recursive: true,
        });
    const lock = JSON.parse(readFileSync(path.join(ROOT_DIR, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
    };
    for (const [where, { dev, optional, devOptional }] of Object.entries(lock.packages)) {
      const isTop = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(where);
      // Node itself is the image's.
      if (!isTop || dev || optional || devOptional || where === 'node_modules/node') continue;
      mkdirSync(path.dirname(path.join(app, where)), { recursive: true });
      symlinkSync(path.join(ROOT_DIR, where), path.join(app, where));
      packed.push(where);
    }
  });
  afterAll(() => rmSync(app, { recursive: true, force: true }));

  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', ...args], {
      cwd: app,
      encoding: 'utf8',
      timeout: 50_000,
      env: { PATH: process.env['PATH'], HOME: app, NODE_ENV: 'production', ...env },
    });

  it('hold the packages for work, and none for development', () => {
    expect(packed).toContain('node_modules/fastify');
    expect(packed).not.toContain('node_modules/jest');
    expect(packed).not.toContain('node_modules/typescript');
  });

  const scripts = [
    'api/server.ts',
    ...['batch', 'gpu', 'on-demand', 'realtime', 'resource-monitor'].map((role) => `workers/${role}.ts`),
  ];
  it.each(scripts)(
    'are all that %s needs to start: it asks for its settings, and for nothing else',
    (script) => {
      const { status, stderr } = run([script]);

      expect(stderr).toMatch(/The configuration is not valid:\n(  - \w+ is not set\.\n)+/);
      expect(status).toBe(EXIT_CONFIG);
    },
  );

  it('are all that the tables are made with: the command reaches for its database', () => {
    const { status, stderr } = run(['cli/main.ts', 'migrate'], {
      DATABASE_URL: 'postgresql://127.0.0.1:9/tain',
    });

    expect(stderr).toMatch(/PostgreSQL at 127\.0\.0\.1:9 cannot be used/);
    expect(status).toBe(2);
  });

  it('hold a bundle of workflows, which workers take as it is', () => {
    const [step] = ofStage(image, 'RUN');
    const script = /^node -e "(.*)"$/.exec(step!)![1]!.replaceAll('/app/', `${app}/`);
    const { status, stderr } = run(['-e', script]);

    expect([status, stderr]).toEqual([0, '']);
    const [bundle] = readdirSync(path.join(app, 'dist', 'bundles'));
    const found = run([
      '-e',
      `import('${app}/platform/workflow-bundle.ts').then(async (m) => console.log(await m.openWorkflowBundle('${app}/state')))`,
    ]);
    expect(found.stdout.trim()).toBe(path.join(app, 'dist', 'bundles', bundle!));
    expect(existsSync(path.join(app, 'state'))).toBe(false);
  });

  it('hold the core of the SDK for one platform, where the SDK looks for it', () => {
    const [, step = ''] = ofStage(packages, 'RUN');
    const releases = path.join(ROOT_DIR, 'node_modules/@temporalio/core-bridge/releases');
    for (const [arch, name] of [
      ['amd64', 'x86_64-unknown-linux-gnu'],
      ['arm64', 'aarch64-unknown-linux-gnu'],
    ] as const) {
      const bridge = path.join(app, `bridge-${arch}`, 'node_modules/@temporalio/core-bridge');
      for (const release of readdirSync(releases))
        cpSync(path.join(releases, release), path.join(bridge, 'releases', release), {
          recursive: true,
          filter: (source) => !source.endsWith('.node') || source.includes(name),
        });
      const { status, stderr } = spawnSync('sh', ['-ec', step], {
        cwd: path.join(app, `bridge-${arch}`),
        env: { PATH: process.env['PATH'], TARGETARCH: arch },
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
      expect(readdirSync(path.join(bridge, 'releases'))).toEqual([name]);
      expect(readdirSync(bridge)).toEqual(['releases']);
    }
    const other = spawnSync('sh', ['-ec', step], { cwd: app, env: { TARGETARCH: 'riscv64' } });
    expect(other.status).not.toBe(0);
  });
});
