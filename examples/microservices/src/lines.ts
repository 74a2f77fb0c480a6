import type { Callers } from './make-keys.js';

interface Addresses {
  readonly url: string;
  readonly rules: string;
  readonly sensors: string;
}

/** Returns the lines that the start prints. */
export function storyLines({ url, rules, sensors }: Addresses, callers: Callers | undefined): readonly string[] {
  const where = ['', `  rules    ${rules}`, `  sensors  ${sensors}`, ''];
  if (callers === undefined) return [...where, 'The keys were shown at the first start.', 'The fleet is ready.'];
  const { oid, analyst, vendor, vendorHash } = callers;
  return [
    ...where,
    'Made the organization demo and two keys, shown this once. The commands of the README take them from these lines:',
    '',
    `ISSUER=${url} RULES=${rules} SENSORS=${sensors}`,
    `OID=${oid}`,
    `ANALYST=${analyst}`,
    `VENDOR=${vendor}`,
    `VENDOR_HASH=${vendorHash}`,
    '',
    'The fleet is ready.',
  ];
}
