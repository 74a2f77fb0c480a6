import { measureDecisions } from './decide/decisions.js';
import { measurePushdown } from './decide/pushdown.js';
import { parseCommand } from './harness/options.js';

const options = parseCommand(process.argv.slice(2));
await measureDecisions(options);
await measurePushdown(options);
