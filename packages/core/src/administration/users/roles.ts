import type { Catalogue } from '../../permission/catalogue.js';
import type { CatalogueEntry } from '../../store/rows.js';
import type { AdministrationContext } from '../command/context.js';

/** Roles a member may be given, each a list of permissions out of the catalogue. */
export const ROLE_NAMES = ['Owner', 'Administrator', 'Operator', 'Viewer', 'Basic'] as const;

export type RoleName = (typeof ROLE_NAMES)[number];

/** What only the people who answer for an organization change. */
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

/** The last part of a permission that only looks. */
const LOOKS = /\.(?:get|list|read|stat)(?:\.(?:mtd|simple|managed|service))?$/;

/** Content that is kept from people who only look. */
const SENSITIVE = /^secret\.get$/;

const holds: Readonly<Record<RoleName, (entry: CatalogueEntry) => boolean>> = {
  Owner: () => true,
  Administrator: ({ name }) => name !== 'billing.ctrl' && name !== 'org.del',
  Operator: ({ name, privileged }) => !privileged && !GOVERNING.has(name),
  Viewer: ({ name, privileged }) => !privileged && LOOKS.test(name) && !SENSITIVE.test(name),
  Basic: ({ name }) => BASIC.has(name),
};

/** What a role grants, by name. `Owner` is also the membership role `owner`. */
export function roleGrants(role: RoleName, { entries }: Catalogue): readonly string[] {
  return entries
    .filter(holds[role])
    .map(({ name }) => name)
    .sort();
}

/** The role of this name, in any letter case. */
export function parseRole(text: string): RoleName | undefined {
  return ROLE_NAMES.find((name) => name.toLowerCase() === text.toLowerCase());
}

/** What an organization's audit says when one of its owners is deleted. */
export const OWNER_DELETED = 'user.owner.delete';

/** What the role `owner` grants: everything the catalogue lists, by name. */
export function ownerGrants({ catalogue }: AdministrationContext): readonly string[] {
  return catalogue.entries.map((entry) => entry.name);
}
