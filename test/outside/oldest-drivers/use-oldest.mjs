import { register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';

// Loaded by `node --import`. The built packages then get the drivers of this folder; the tests keep their own.
const { port1, port2 } = new MessageChannel();
const used = new Set();
port1.on('message', (name) => {
  if (used.has(name)) return;
  used.add(name);
  process.stderr.write(`uses ${name}\n`);
});
port1.unref();
register('./resolve-oldest.mjs', import.meta.url, { data: { port: port2 }, transferList: [port2] });
