import { measureRoom } from './growth/measure-room.js';
import { growthRooms } from './growth/rooms.js';
import type { Database } from './harness/bulk-database.js';
import { hasPostgres } from './harness/fixture.js';
import { parseCommand } from './harness/options.js';

const options = parseCommand(process.argv.slice(2));
const databases: readonly Database[] = (await hasPostgres()) ? ['SQLite', 'PostgreSQL'] : ['SQLite'];
for (const database of databases) {
  for (const room of Object.values(growthRooms)) await measureRoom(room, database, options);
}
// What is measured holds timers.
process.exit();
