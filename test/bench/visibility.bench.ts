import { parseCommand } from './harness/options.js';
import { measureMillion } from './visibility/million.js';

await measureMillion(parseCommand(process.argv.slice(2)));
// What is measured holds timers.
process.exit();
