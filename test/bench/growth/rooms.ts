import { audit } from './audit.js';
import type { RoomName } from './case-names.js';
import { changes } from './changes.js';
import { deletion } from './deletion.js';
import { groups, oneGroup } from './groups.js';
import { keys, sortedKeys } from './keys.js';
import { members } from './members.js';
import { organizations } from './organizations.js';
import { ownerships } from './ownerships.js';
import { policies } from './policies.js';
import { revokedKeys } from './revoked-keys.js';
import type { GrowthRoom } from './room.js';

/** Every room, by its name. */
export const growthRooms: { readonly [R in RoomName]: GrowthRoom<R> } = {
  organizations,
  keys,
  'revoked keys': revokedKeys,
  'sorted keys': sortedKeys,
  members,
  groups,
  'one group': oneGroup,
  policies,
  audit,
  ownerships,
  changes,
  deletion,
};
