import type { Catalogue } from '../../permission/catalogue.js';
import type { CatalogueEntry } from '../../store/rows.js';
import type { AdministrationContext } from '../command/context.js';

/** Names of the roles that a member may have. Each role has a list of permissions. */
export const ROLE_NAMES = ['Owner', 'Administrator', 'Operator', 'Viewer', 'Basic'] as const;

export type RoleName = (typeof ROLE_NAMES)[number];

/** Permissions that the `Operator` role does not include, because they govern the organization itself. */
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

/** Matches permissions that only allow reading. */
const LOOKS = /\.(?:get|list|read|stat)(?:\.(?:mtd|simple|managed|service))?$/;

/** Matches read permissions that the `Viewer` role does not include. */
const SENSITIVE = /^secret\.get$/;

const holds: Readonly<Record<RoleName, (entry: CatalogueEntry) => boolean>> = {
  Owner: () => true,
  Administrator: ({ name }) => name !== 'billing.ctrl' && name !== 'org.del',
  Operator: ({ name, privileged }) => !privileged && !GOVERNING.has(name),
  Viewer: ({ name, privileged }) => !privileged && LOOKS.test(name) && !SENSITIVE.test(name),
  Basic: ({ name }) => BASIC.has(name),
};

/**
 * Returns a role's permissions, sorted by name. The role `Owner` also makes a member an owner of the organization;
 * `giveRole` does that separately.
 */
export function roleGrants(role: RoleName, { entries }: Catalogue): readonly string[] {
  return entries
    .filter(holds[role])
    .map(({ name }) => name)
    .sort();
}

/** Returns the role with this name, in any letter case. Undefined if there is no such role. */
export function parseRole(text: string): RoleName | undefined {
  return ROLE_NAMES.find((name) => name.toLowerCase() === text.toLowerCase());
}

/** Audit action that is recorded in an organization when one of its owners is deleted. */
export const OWNER_DELETED = 'user.owner.delete';

/** Returns the permissions that an owner's membership grants: all permissions of the catalogue. */
export function ownerGrants({ catalogue }: AdministrationContext): readonly string[] {
  return catalogue.entries.map((entry) => entry.name);
}
