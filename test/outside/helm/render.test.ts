import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fillChart } from '../../deploy/fill-chart.ts';
import { type Manifest, manifestsIn, refusalOf, unknownMembers } from '../../deploy/manifests.ts';

const folder = new URL('../../../deploy/helm/flairgate/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

/** The manifests as Helm renders them, in the order of their kinds. */
function rendered(...set: readonly string[]): readonly Manifest[] {
  const settings = set.flatMap((setting) => ['--set', setting]);
  const text = execFileSync(process.env.HELM ?? 'helm', ['template', 'release', folder.pathname, ...settings], {
    encoding: 'utf8',
  });
  return byKind(manifestsIn(text));
}

function byKind(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.toSorted((a, b) => a.kind.localeCompare(b.kind));
}

function deploymentIn(manifests: readonly Manifest[]): string {
  return JSON.stringify(manifests.find(({ kind }) => kind === 'Deployment'));
}

describe('the chart, rendered by Helm', () => {
  it('the chart with its defaults is what the tests of the repository fill in', () => {
    const [values, chart] = [parse(read('values.yaml')), parse(read('Chart.yaml'))];
    const templates = readdirSync(new URL('templates', folder)).map((name) => read(`templates/${name}`));
    const filled = templates.flatMap((text) => manifestsIn(fillChart(text, values, chart)));
    expect(rendered()).toEqual(byKind(filled));
  });

  it.each([
    ['with its defaults', []],
    ['with every value set', ['issuer=https://a.example', 'trustProxy=2', 'redis=false', 'replicas=3', 'image.tag=9']],
    ['with ranges and variables', ['trustProxy=10.0.0.0/8\\,fd00::/8', 'env.FLAIRGATE_LIMIT=5000', 'service.port=81']],
  ])('the chart, rendered by Helm, is valid for Kubernetes %s', (_what, set) => {
    const manifests = rendered(...set);
    expect(manifests.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service']);
    expect(manifests.map(refusalOf)).toEqual(['', '', '', '']);
    expect(unknownMembers(manifests)).toBe('');
  });

  it('the chart, rendered by Helm, passes each value on', () => {
    const manifests = rendered('issuer=https://a.example', 'trustProxy=2', 'redis=false', 'env.FLAIRGATE_LIMIT=5000');
    const [configMap] = manifests;
    expect(configMap?.data).toEqual({
      FLAIRGATE_ISSUER: 'https://a.example',
      FLAIRGATE_TRUST_PROXY: '2',
      FLAIRGATE_LIMIT: '5000',
    });
    expect(deploymentIn(manifests)).not.toContain('REDIS_URL_FILE');
    expect(deploymentIn(rendered())).toContain('REDIS_URL_FILE');
    expect(deploymentIn(rendered('image.repository=registry.example/f', 'image.tag=9'))).toContain(
      '"registry.example/f:9"',
    );
  });
});
