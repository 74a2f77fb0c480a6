import { appendFileSync } from 'node:fs';
import { register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';

// Loaded by `node --import`. The built packages then get the drivers of this folder; the tests keep their own. `run`
// prints the file that says which were used: tests compare what their processes print.
const { port1, port2 } = new MessageChannel();
port1.on('message', (name) => appendFileSync(new URL('node_modules/.used', import.meta.url), `${name}\n`));
port1.unref();
register('./resolve-oldest.mjs', import.meta.url, { data: { port: port2 }, transferList: [port2] });
