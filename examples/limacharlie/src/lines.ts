import type { AdministrationContext } from '@flairgate/core/administration';
import type { Demo } from './first-start.js';

const COMMAND = 'npx --yes pnpm@12 flairgate';

/** Returns the lines that the first start prints: the keys, which are shown once, and how to use them. */
export function firstLines(url: string, { oid, ownerUid, ownerEmail, keys }: Demo): readonly string[] {
  const rules = `${url}/v1/hive/dr-general/${oid}`;
  return [
    '',
    `Made the organization demo: ${oid}`,
    `its owner ${ownerEmail}: ${ownerUid}`,
    'and five keys, shown this once. Keep them.',
    '',
    ...keys.map(({ name, text }) => `  ${name.padEnd(14)}  ${text}`),
    '',
    'List records with a key, or with a token exchanged for it:',
    ...keys.flatMap(({ name, text }) => ['', `# ${name}`, ...curlLines(url, rules, oid, text)]),
    '',
    'Make a record that others may know and read:',
    `curl -s -H 'x-api-key: ${keys[0]?.text ?? ''}' ${rules}/first/data --data-urlencode 'data={"detect":{},"respond":[]}'`,
    '',
    `Make a key of the owner: ${COMMAND} key create --user ${ownerUid} --name laptop --format uuid`,
    keyLine(oid),
  ];
}

/** Organizations looked at to find the oldest, which is the demo's. */
const LOOKED_AT = 1000;

/** Returns the lines that every later start prints. */
export async function laterLines({ store }: AdministrationContext): Promise<readonly string[]> {
  const organizations = await store.read((tx) => tx.find('organization', {}, { limit: LOOKED_AT }));
  const [oldest] = organizations.toSorted((a, b) => a.createdAt - b.createdAt);
  if (oldest === undefined) return ['Another process is making the demo just now, and shows its keys.', keyLine('OID')];
  return ['The keys were shown at the first start.', keyLine(oldest.oid)];
}

function curlLines(url: string, rules: string, oid: string, text: string): readonly string[] {
  const exchange = `curl -s ${url}/jwt -d oid=${oid} -d secret=${text} | sed 's/.*"jwt":"\\([^"]*\\)".*/\\1/'`;
  return [`curl -s -H 'x-api-key: ${text}' ${rules}`, `curl -s -H "Authorization: Bearer $(${exchange})" ${rules}`];
}

function keyLine(oid: string): string {
  return `Make another key: ${COMMAND} key create --org ${oid} --name 'vendor[segment]' --permission dr.list --permission dr.set --format uuid`;
}
