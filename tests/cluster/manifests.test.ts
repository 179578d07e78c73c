import { beforeAll, describe, expect, it } from '@jest/globals';
import { useCluster } from '../support/cluster.ts';
import { installMonitoring } from '../support/monitoring-crds.ts';
import { applyAll, nameOf, OVERLAYS, render, serverApply, type Manifest } from '../support/manifests.ts';

const cluster = useCluster();

beforeAll(() => installMonitoring(cluster.kubeConfig));

/** With Argo beside it, which no overlay asks for. */
const FOLDERS = [...OVERLAYS, 'tests/cluster/overlays/argo'];

it.each(FOLDERS)(
  '%s is accepted by the API server as a whole, with no field that it does not know',
  async (folder) => {
    const objects = render(folder);

    expect(objects.length).toBeGreaterThan(50);
    expect(await applyAll(cluster, objects, { isDryRun: true })).toEqual([]);
  },
);

it('the component of Argo is refused where nobody has named the API server, and says what is missing', async () => {
  const refused = await applyAll(cluster, render('tests/cluster/overlays/argo-unnamed'), { isDryRun: true });

  expect(refused).toEqual([
    expect.stringMatching(/^NetworkPolicy tain-training\/argo-executor: 4\d\d .*address-of-the-api-server/),
  ]);
});

it.each(FOLDERS)('%s names every object once', (folder) => {
  const names = render(folder).map(nameOf);

  expect(names.filter((name, at) => names.indexOf(name) < at)).toEqual([]);
});

describe('a typo', () => {
  /** What stands at the top of an object, but for what tells the server whose it is. */
  const fieldsOf = (object: Manifest): string[] =>
    Object.keys(object).filter((key) => !['apiVersion', 'kind', 'metadata'].includes(key));

  it('in the name of any field at the top of any object is refused, and named', async () => {
    await applyAll(
      cluster,
      render('onprem').filter(({ kind }) => kind === 'Namespace'),
    );
    const taken: string[] = [];
    for (const object of render('onprem'))
      for (const field of fieldsOf(object)) {
        const { [field]: value, ...rest } = object as Manifest & Record<string, unknown>;
        const answer = await serverApply(
          cluster.kubeConfig,
          { ...rest, [`${field}x`]: value } as unknown as Manifest,
          { isDryRun: true },
        );
        if (answer.code < 400 || !answer.message.includes(`${field}x`))
          taken.push(`${nameOf(object)}: ${field}x: ${answer.code} ${answer.message}`);
      }

    expect(taken).toEqual([]);
  });

  it('in the name of any field of any specification is refused', async () => {
    const taken: string[] = [];
    for (const object of render('onprem').filter((one) => 'spec' in one))
      for (const field of Object.keys(object.spec)) {
        const { [field]: value, ...rest } = object.spec as unknown as Record<string, unknown>;
        const spec = { ...rest, [`${field}x`]: value };
        const answer = await serverApply(
          cluster.kubeConfig,
          { ...object, spec: spec as unknown as Manifest['spec'] },
          { isDryRun: true },
        );
        if (answer.code < 400) taken.push(`${nameOf(object)}: spec.${field}x`);
      }

    expect(taken).toEqual([]);
  });

  it('deep inside a pod is refused: a limit that would be none, a root that would be written to', async () => {
    const broken = async (change: (container: Record<string, Record<string, unknown>>) => void) => {
      const object = render('onprem').find((one) => nameOf(one) === 'Deployment tain/tain-realtime')!;
      change(object.spec.template.spec.containers[0] as unknown as Record<string, Record<string, unknown>>);
      return serverApply(cluster.kubeConfig, object, { isDryRun: true });
    };

    const limit = await broken(({ resources }) => (resources!['limit'] = { cpu: '2' }));
    const root = await broken(({ securityContext }) => (securityContext!['readOnlyRootFileSystem'] = true));
    const amount = await broken(({ resources }) => (resources!['limits'] = { cpu: 'two', memory: '2Gi' }));

    expect(limit.message).toMatch(/resources\.limit\b/);
    expect(root.message).toMatch(/readOnlyRootFileSystem/);
    expect(amount.code).toBeGreaterThanOrEqual(400);
    expect(amount.message).toMatch(/quantit/);
  });
});
