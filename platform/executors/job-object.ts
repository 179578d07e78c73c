/** A run as a Job of Kubernetes (batch/v1): one pod, no retries, quality of service Guaranteed. */
import { BatchV1Api, type V1Job } from '@kubernetes/client-node';
import { POD_FINALIZER } from './job-pod.ts';
import { runManifest, withoutVariables } from './run-manifest.ts';
import type { RunObjectKind } from './run-object.ts';

export const JOBS: RunObjectKind<V1Job> = {
  ...{ executor: 'kubernetes-job', claim: 'job', kind: 'Job' },
  manifest(launch, directory, template) {
    const quoting = { text: withoutVariables, variables: {}, notInPaths: null };
    const run = runManifest(launch, directory, template, quoting);
    const { name, labels, annotations, volumes, securityContext, affinity, container } = run;
    const { priorityClass, serviceAccount } = template;
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { ...{ name, namespace: template.namespace, annotations }, labels: { ...labels } },
      spec: {
        ...{ suspend: true, completions: 1, parallelism: 1, backoffLimit: 0, podReplacementPolicy: 'Failed' },
        template: {
          metadata: {
            labels: { ...labels },
            annotations: { ...template.annotations },
            finalizers: [POD_FINALIZER],
          },
          spec: {
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: template.graceSeconds,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            nodeSelector: { ...template.nodeSelector },
            tolerations: [...template.tolerations],
            ...(affinity !== undefined && { affinity }),
            imagePullSecrets: template.imagePullSecrets.map((secret) => ({ name: secret })),
            ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
            ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
            ...{ securityContext, volumes, containers: [container] },
          },
        },
      },
    };
  },
  connect(kubeConfig, namespace) {
    const batch = kubeConfig.makeApiClient(BatchV1Api);
    return {
      create: (body, options) => batch.createNamespacedJob({ namespace, body }, options),
      read: (name, options) => batch.readNamespacedJob({ namespace, name }, options),
      patch: (name, body, options) => batch.patchNamespacedJob({ namespace, name, body }, options),
      remove: (name, body, options) => batch.deleteNamespacedJob({ namespace, name, body }, options),
    };
  },
  resumed: { suspend: false },
  stopped: { suspend: true },
  // Pods of a Job get their notice by being deleted, by its controller or by us.
  signals: false,
  read({ spec, status }) {
    const isOver = (status?.conditions ?? []).some(
      ({ type, status: is }) => is === 'True' && (type === 'Failed' || type === 'Complete'),
    );
    return { isSuspended: spec?.suspend === true, isOver, end: null };
  },
  async explain({ metadata }, listEvents) {
    const events = `involvedObject.kind=Job,involvedObject.name=${metadata!.name!},reason=FailedCreate`;
    return (await listEvents(events)).at(-1) ?? null;
  },
};
