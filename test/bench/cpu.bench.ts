import { measureChain } from './cpu/chain.js';
import { measureCold } from './cpu/cold.js';
import { measureRooms } from './cpu/rooms.js';
import { parseCommand } from './harness/options.js';

const options = parseCommand(process.argv.slice(2));
await measureRooms(options);
await measureChain(options);
await measureCold(options);
// What is measured holds timers and sockets.
process.exit();
