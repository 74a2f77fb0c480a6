import type { Coverage } from './walk.ts';

interface Counts {
  readonly allowed: number;
  readonly refused: number;
}

/** Kinds of principals that have to be let through somewhere, and to be refused somewhere. */
export const KEYS: readonly string[] = ['organization', 'user', 'api-user', 'ingestion', 'service', 'user token'];

/** Cases that only a longer walk covers often enough. */
export const KEYS_AND_TOKENS: readonly string[] = [
  ...KEYS,
  'retiring secret',
  'organization token',
  'api-user token',
  'federation token',
  'narrowed token',
  'on behalf',
];

function sumBy(coverage: Coverage, nameOf: (kind: string, route: string) => string): Map<string, Counts> {
  const sums = new Map<string, Counts>();
  for (const [cell, { allowed, refused }] of coverage) {
    const [, kind = '', route = ''] = /^(.*?) ((?:GET|POST|PUT|PATCH|DELETE) .*)$/.exec(cell) ?? [];
    const name = nameOf(kind, route);
    const sum = sums.get(name) ?? { allowed: 0, refused: 0 };
    sums.set(name, { allowed: sum.allowed + allowed, refused: sum.refused + refused });
  }
  return sums;
}

/** Returns the wanted cases that the walk did not cover. */
export function uncovered(coverage: Coverage, wanted: readonly string[]): readonly string[] {
  const kinds = sumBy(coverage, (kind) => kind);
  const missing = wanted.flatMap((kind) => {
    const { allowed, refused } = kinds.get(kind) ?? { allowed: 0, refused: 0 };
    return [
      ...(allowed > 0 ? [] : [`${kind} was never let through`]),
      ...(refused > 0 ? [] : [`${kind} was never refused`]),
    ];
  });
  return (kinds.get('ended')?.refused ?? 0) > 0 ? missing : [...missing, 'nothing that ended was used'];
}

/** Route by kind: how often let through, and refused. */
export function coverageTable(coverage: Coverage, open: ReadonlyMap<string, number>): string {
  const refusals = [...open]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cell, times]) => `${String(times).padStart(12)}  ${cell}`);
  const line = ([name, { allowed, refused }]: readonly [string, Counts]) =>
    `${`${allowed}/${refused}`.padStart(12)}  ${name}`;
  const sorted = (sums: ReadonlyMap<string, Counts>) => [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(line);
  const kinds = sorted(sumBy(coverage, (kind) => kind));
  const routes = sorted(sumBy(coverage, (kind, route) => `${route} by ${kind}`));
  return [
    'let through/refused, by kind of principal:',
    ...kinds,
    'by route and kind:',
    ...routes,
    'refused though not surely forbidden:',
    ...refusals,
  ].join('\n');
}
