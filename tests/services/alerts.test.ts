import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadYaml } from '@kubernetes/client-node';
import type { FastifyInstance } from 'fastify';
import { registerMetrics } from '../../api/plugins/metrics.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/lifecycles.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { ROOT_DIR } from '../../platform/config.ts';
import { DYNAMIC_CONFIG } from '../../platform/embedded/temporal.ts';

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
type Groups = { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };

const RULES = path.join(ROOT_DIR, 'infra/prometheus/rules.yaml');
const read = <Shape>(file: string): Shape => loadYaml<Shape>(readFileSync(file, 'utf8'));
const rules = read<Groups>(RULES).groups.flatMap((group) => group.rules);

/** What the API tells, without asking anybody for a value. */
const nothing = (() => Promise.resolve([])) as never;
const told = registerMetrics({ addHook: () => undefined } as unknown as FastifyInstance, nothing, nothing)
  .getMetricsAsArray()
  .map(({ name }) => name);

describe('the alerts', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s looks at figures that the API tells',
    (_, { expr }) => {
      const asked = [...expr.matchAll(/\btain_\w+/g)].map(([name]) => name);
      const unknown = asked.filter(
        (name) => !told.includes(name) && !told.includes(name.replace(/_(bucket|sum|count)$/, '')),
      );

      expect(unknown).toEqual([]);
      expect(asked.length > 0 || expr.includes('up{')).toBe(true);
    },
  );

  it('name queues that there are', () => {
    const queues = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/queue!?="([^"]+)"/g)].map(([, name]) => name),
    );

    expect(queues.length).toBeGreaterThan(0);
    for (const queue of queues) expect(Object.values(QUEUES)).toContain(queue);
  });

  it('say for whom they are, and what is the matter, in words that their figures have', () => {
    for (const { alert, expr, labels, annotations, for: pause } of rules) {
      expect([alert, labels['severity']]).toEqual([alert, expect.stringMatching(/^(page|warn)$/)]);
      expect(pause).toMatch(/^\d+[smh]$/);
      const used = [...annotations['summary']!.matchAll(/\$labels\.(\w+)/g)].map(([, name]) => name!);
      const [, kept = ''] = /by \(([^)]*)\)/.exec(expr) ?? [];
      for (const name of used) expect(kept.split(', ')).toContain(name);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it('are the same for the Prometheus operator', () => {
    const object = path.join(ROOT_DIR, 'infra/kubernetes/components/prometheus-operator/rules.yaml');

    expect(read<{ spec: Groups }>(object).spec).toEqual(read<Groups>(RULES));
  });

  it('are rules to Prometheus', () => {
    const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', RULES], {
      encoding: 'utf8',
    });
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      process.stderr.write(
        'SKIPPED: promtool is not on PATH (Debian: prometheus), so that the expressions of alerts are looked at in their outlines alone.\n',
      );
      for (const { alert, expr } of rules) {
        let depth = 0;
        for (const sign of expr.replaceAll(/"[^"]*"/g, '')) {
          depth += Number('({['.includes(sign)) - Number(')}]'.includes(sign));
          expect([alert, depth < 0]).toEqual([alert, false]);
        }
        expect([alert, depth]).toEqual([alert, 0]);
      }
      return;
    }
    expect([status, stdout + stderr]).toEqual([
      0,
      expect.stringContaining(`SUCCESS: ${rules.length} rules found`),
    ]);
  });
});

it('a cluster’s Temporal is set as the one that Tain starts by itself', () => {
  type Values = {
    readonly server: {
      readonly dynamicConfig: Readonly<Record<string, readonly { readonly value: number }[]>>;
      readonly config: { readonly namespaces: { readonly namespace: readonly { readonly name: string }[] } };
    };
  };
  const file = path.join(ROOT_DIR, 'infra/temporal/values.yaml');
  const { server } = read<Values>(file);
  const given = Object.entries(server.dynamicConfig).map(([key, values]) => [
    key,
    values.map(({ value }) => value),
  ]);

  expect(given).toEqual(Object.entries(DYNAMIC_CONFIG).map(([key, value]) => [key, [value]]));
  const settings = readFileSync(path.join(ROOT_DIR, 'infra/kubernetes/base/kustomization.yaml'), 'utf8');
  expect(settings).toContain(`TEMPORAL_NAMESPACE=${server.config.namespaces.namespace[0]!.name}\n`);
  for (const name of Object.values(SEARCH_ATTRIBUTES)) expect(readFileSync(file, 'utf8')).toContain(name);
});
