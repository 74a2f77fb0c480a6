import { Deployment } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { typeErrors } from '../docs/type-check.ts';

export interface Manifest {
  readonly kind: keyof typeof models;
  readonly data?: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

/** Models of Kubernetes, made from its schemas: `validate` checks values, their types the names of members. */
export const models = {
  ConfigMap: { model: ConfigMap, type: 'IConfigMap', module: 'kubernetes-models/v1' },
  Service: { model: Service, type: 'IService', module: 'kubernetes-models/v1' },
  Deployment: { model: Deployment, type: 'IDeployment', module: 'kubernetes-models/apps/v1' },
  PodDisruptionBudget: {
    model: PodDisruptionBudget,
    type: 'IPodDisruptionBudget',
    module: 'kubernetes-models/policy/v1',
  },
} as const;

/** Kubernetes reads YAML 1.1, where `0440` is octal. */
export const manifestsIn = (text: string): readonly Manifest[] =>
  parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS());

/** Returns why Kubernetes refuses a manifest, or an empty text. */
export function refusalOf({ kind, ...manifest }: Manifest): string {
  try {
    const { model: Model } = models[kind];
    new Model(manifest as never).validate();
    return '';
  } catch (error) {
    return `${kind}: ${error instanceof Error ? error.message : error}`;
  }
}

/** Errors of the compiler where a manifest has a member that Kubernetes does not know. */
export function unknownMembers(manifests: readonly Manifest[]): string {
  const sources = manifests.map((manifest, index) => {
    const { type, module } = models[manifest.kind];
    const source = `import type { ${type} } from '${module}';\nexport const manifest: ${type} = ${JSON.stringify(manifest)};`;
    return { name: `manifest-${index}.ts`, source };
  });
  return typeErrors('manifests', sources);
}
