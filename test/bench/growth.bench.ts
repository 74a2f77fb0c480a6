import { audit } from './growth/audit.js';
import { changes } from './growth/changes.js';
import { deletion } from './growth/deletion.js';
import { groups, oneGroup } from './growth/groups.js';
import { keys, sortedKeys } from './growth/keys.js';
import { measureRoom } from './growth/measure-room.js';
import { members } from './growth/members.js';
import { organizations } from './growth/organizations.js';
import { ownerships } from './growth/ownerships.js';
import { policies } from './growth/policies.js';
import { revokedKeys } from './growth/revoked-keys.js';
import type { Database } from './harness/bulk-database.js';
import { hasPostgres } from './harness/fixture.js';
import { parseCommand } from './harness/options.js';

const options = parseCommand(process.argv.slice(2));
const databases: readonly Database[] = (await hasPostgres()) ? ['SQLite', 'PostgreSQL'] : ['SQLite'];
for (const database of databases) {
  await measureRoom(organizations, database, options);
  await measureRoom(keys, database, options);
  await measureRoom(revokedKeys, database, options);
  await measureRoom(sortedKeys, database, options);
  await measureRoom(members, database, options);
  await measureRoom(groups, database, options);
  await measureRoom(oneGroup, database, options);
  await measureRoom(policies, database, options);
  await measureRoom(audit, database, options);
  await measureRoom(ownerships, database, options);
  await measureRoom(changes, database, options);
  await measureRoom(deletion, database, options);
}
// What is measured holds timers.
process.exit();
