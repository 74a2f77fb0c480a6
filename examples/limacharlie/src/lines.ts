import type { AdministrationContext } from '@flairgate/core/administration';
import type { Demo } from './first-start.js';
import { TOUR_HIVE } from './tour.js';

const COMMAND = 'npx --yes pnpm@12 flairgate';

/** Returns the lines that the first start prints: the keys, which are shown once, and how to use them. */
export function firstLines(url: string, demo: Demo): readonly string[] {
  const { oid, ownerUid, ownerEmail, ownerKey, keys } = demo;
  return [
    '',
    `Made the organization demo: ${oid}`,
    `its owner ${ownerEmail}: ${ownerUid}`,
    'and five keys, shown this once. Keep them.',
    '',
    ...keys.map(({ name, text }) => `  ${name.padEnd(14)}  ${text}`),
    '',
    'A hive is a named store of records, as LimaCharlie calls it: fp holds rules for false positives, and dr-general those',
    'for detection and response (D&R).',
    'Four of the keys have created a record in fp: by-bulk, by-lock, by-secret, by-segment. Each line shows a difference:',
    ...tourLines(`${url}/v1/hive/${TOUR_HIVE}/${oid}`, demo),
    '',
    `The same with a token: curl -s ${url}/jwt -d oid=${oid} -d secret=KEY`,
    `The admin page: ${url}/console, user ${ownerUid}, key ${ownerKey}`,
    `Every route, to try: ${url}/docs`,
    keyLine(oid),
  ];
}

/** One line to paste for each key, under what the key may do and what is answered. */
function tourLines(rules: string, { keys }: Demo): readonly string[] {
  const keyOf = (flair: string) => keys.find(({ name }) => name === `demo[${flair}]`)?.text ?? '';
  const call = (flair: string, path: string, more = '') =>
    `curl -s -H 'x-api-key: ${keyOf(flair)}' ${rules}${path}${more}`;
  const write = ` --data-urlencode 'data={"detection":{}}'`;
  return [
    '',
    '# [segment] sees only what it created. Answer: one record, by-segment',
    call('segment', ''),
    '',
    '# [bulk] sees all four, but the content of by-secret is null. Answer: "data":null, "opaque":true',
    call('bulk', '/by-secret'),
    '',
    '# [secret] reads what it created. Answer: "data" with its content',
    call('secret', '/by-secret'),
    '',
    '# [lock] is the only one to change by-lock; another key is refused. Answer: "locked by demo[lock]"',
    call('bulk', '/by-lock/data', write),
    '',
    '# [root] passes the lock. Answer: the "guid" of the record',
    call('root', '/by-lock/data', write),
  ];
}

/** Organizations looked at to find the oldest, which is the demo's. */
const LOOKED_AT = 1000;

/** Returns the lines that every later start prints. */
export async function laterLines({ store }: AdministrationContext): Promise<readonly string[]> {
  const organizations = await store.read((tx) => tx.find('organization', {}, { limit: LOOKED_AT }));
  const [oldest] = organizations.toSorted((a, b) => a.createdAt - b.createdAt);
  if (oldest === undefined) return ['Another process is making the demo just now, and shows its keys.', keyLine('OID')];
  return [
    'The keys were shown at the first start. To see the tour again, with new keys: npx --yes pnpm@12 start --tour',
    keyLine(oldest.oid),
  ];
}

function keyLine(oid: string): string {
  return `Make another key: ${COMMAND} key create --org ${oid} --name 'vendor[segment]' --permission dr.list --permission dr.set --format uuid`;
}
