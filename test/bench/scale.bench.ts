import { parseCommand } from './harness/options.js';
import { measureBreadth } from './scale/breadth.js';
import { measureLookUp } from './scale/look-up.js';
import { measureCache } from './scale/memory.js';

const options = parseCommand(process.argv.slice(2));
await measureCache(options);
await measureBreadth(options);
await measureLookUp(options);
// What is measured holds timers.
process.exit();
