import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bare, rowsUnder } from '../docs/tables.ts';
import { fillChart } from './fill-chart.ts';
import { type Manifest, manifestsIn, models, refusalOf, unknownMembers } from './manifests.ts';

const top = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, top), 'utf8');

const plain = manifestsIn(read('deploy/kubernetes/flairgate.yaml'));
const templates = readdirSync(new URL('deploy/helm/flairgate/templates', top)).map((name) =>
  read(`deploy/helm/flairgate/templates/${name}`),
);
const values = parse(read('deploy/helm/flairgate/values.yaml'));
const chart = parse(read('deploy/helm/flairgate/Chart.yaml'));
const filled = templates.flatMap((text) => manifestsIn(fillChart(text, values, chart)));

/** Members of the pod of a Deployment, as a path leads to them. */
function at(manifests: readonly Manifest[], path: string): unknown {
  const deployment: unknown = manifests.find(({ kind }) => kind === 'Deployment');
  return `spec.template.spec.${path}`
    .split('.')
    .reduce(
      (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
      deployment,
    );
}

const documented = rowsUnder('docs/configuration.md', 'Environment').map(([name]) => bare(name));
const known = new Set([...documented, ...documented.map((name) => `${name}_FILE`)]);

describe.each([
  ['the plain manifests', plain],
  ['the manifests of the chart', filled],
])('%s', (_what, manifests) => {
  it('the manifests are valid for Kubernetes', () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual(Object.keys(models).sort());
    expect(manifests.map(refusalOf)).toEqual(['', '', '', '']);
  });

  it('the manifests have only members that Kubernetes knows', { timeout: 60_000 }, () => {
    expect(unknownMembers(manifests)).toBe('');
  });

  it('the manifests run without rights, with probes, and end after the service has answered', () => {
    expect(at(manifests, 'securityContext.runAsNonRoot')).toBe(true);
    expect(at(manifests, 'automountServiceAccountToken')).toBe(false);
    const container = 'containers.0';
    expect(at(manifests, `${container}.securityContext`)).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(at(manifests, `${container}.livenessProbe.httpGet.path`)).toBe('/healthz');
    expect(at(manifests, `${container}.readinessProbe.httpGet.path`)).toBe('/readyz');
    expect(at(manifests, 'terminationGracePeriodSeconds')).toBeGreaterThan(5 + 10);
    expect(at(manifests, 'volumes.0.secret.defaultMode')).toBe(0o440);
  });

  it('the manifests set only variables that the service knows', () => {
    const data = manifests.flatMap((manifest) => Object.keys(manifest.data ?? {}));
    const env = at(manifests, 'containers.0.env') as readonly { readonly name: string }[];
    const names = [...data, ...env.map(({ name }) => name)];
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('compose.yaml and the Dockerfile', () => {
  it('compose.yaml and the Dockerfile set only variables that the service knows', () => {
    const { services } = parse(read('compose.yaml'));
    const names = Object.keys(services.flairgate.environment);
    const [, inImage = ''] = /^ENV NODE_ENV=production (.*)$/m.exec(read('Dockerfile')) ?? [];
    names.push(...inImage.split(' ').map((pair) => pair.split('=', 1).join()));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the checks of manifests can fail', () => {
  it('the checks of manifests fail on a value of another type, and on a misspelt member', { timeout: 60_000 }, () => {
    const [service] = plain.filter(({ kind }) => kind === 'Service');
    if (service === undefined) throw new Error('there is no Service');
    expect(refusalOf({ ...service, spec: { ports: [{ port: 'http' }] } })).toContain('port must be integer');
    expect(unknownMembers([{ ...service, spec: { ports: [{ port: 80 }], selectors: {} } }])).toContain('selectors');
  });
});
