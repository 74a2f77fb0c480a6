import type { Catalogue } from '../../permission/catalogue.js';
import type { CatalogueEntry } from '../../store/rows.js';
import type { AdministrationContext } from '../command/context.js';

/** Roles of members, each a list of permissions of the catalogue. */
export const ROLE_NAMES = ['Owner', 'Administrator', 'Operator', 'Viewer', 'Basic'] as const;

export type RoleName = (typeof ROLE_NAMES)[number];

/** Permissions for those responsible for an organization only. */
const GOVERNING: ReadonlySet<string> = new Set([
  'org.del',
  'org.set_quota',
  'org.conf.set',
  'acl.set',
  'audit.set',
  'insight.ctrl',
  'insight.del',
  'ingestkey.ctrl',
  'module.update',
]);

const BASIC: ReadonlySet<string> = new Set(['org.get', 'sensor.list', 'sensor.get', 'dr.list', 'insight.stat']);

/** Matches the end of a permission that only reads. */
const LOOKS = /\.(?:get|list|read|stat)(?:\.(?:mtd|simple|managed|service))?$/;

/** Matches content that is hidden from people who only read. */
const SENSITIVE = /^secret\.get$/;

const holds: Readonly<Record<RoleName, (entry: CatalogueEntry) => boolean>> = {
  Owner: () => true,
  Administrator: ({ name }) => name !== 'billing.ctrl' && name !== 'org.del',
  Operator: ({ name, privileged }) => !privileged && !GOVERNING.has(name),
  Viewer: ({ name, privileged }) => !privileged && LOOKS.test(name) && !SENSITIVE.test(name),
  Basic: ({ name }) => BASIC.has(name),
};

/** Returns the permissions of a role, sorted by name. `Owner` is also the membership role `owner`. */
export function roleGrants(role: RoleName, { entries }: Catalogue): readonly string[] {
  return entries
    .filter(holds[role])
    .map(({ name }) => name)
    .sort();
}

/** Returns the role of this name, in any letter case. */
export function parseRole(text: string): RoleName | undefined {
  return ROLE_NAMES.find((name) => name.toLowerCase() === text.toLowerCase());
}

/** Audit action of an organization whose owner is deleted. */
export const OWNER_DELETED = 'user.owner.delete';

/** Returns the permissions of the role `owner`: all permissions of the catalogue. */
export function ownerGrants({ catalogue }: AdministrationContext): readonly string[] {
  return catalogue.entries.map((entry) => entry.name);
}
