/** What infra/argo/values.yaml says of the installation of Argo, for whoever stands for it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadYaml } from '@kubernetes/client-node';
import { ROOT_DIR } from '../../platform/config.ts';

type Quantities = { readonly cpu: string; readonly memory: string };
type Values = {
  readonly controller: { readonly workflowDefaults?: { readonly spec?: object } };
  readonly executor: { readonly resources: { readonly requests: Quantities; readonly limits: Quantities } };
};

const { controller, executor } = loadYaml<Values>(
  readFileSync(path.join(ROOT_DIR, 'infra/argo/values.yaml'), 'utf8'),
);

/** Of Argo's own containers before and beside a program. */
export const EXECUTOR_RESOURCES = executor.resources;

/** What every Workflow says that does not say otherwise. */
export const WORKFLOW_DEFAULTS: object = controller.workflowDefaults?.spec ?? {};
