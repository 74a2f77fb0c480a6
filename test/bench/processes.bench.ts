import { hasPostgres } from './harness/fixture.js';
import { parseCommand } from './harness/options.js';
import { createFleet, hasRedis } from './processes/fleet.js';
import { measureRequests } from './processes/requests.js';
import { measureRevocations } from './processes/revocations.js';

const options = parseCommand(process.argv.slice(2));
if ((await hasPostgres()) && (await hasRedis())) {
  const fleet = await createFleet();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void fleet.remove().finally(() => process.exit(1)));
  }
  try {
    await measureRequests(fleet, options);
    await measureRevocations(fleet, options);
  } finally {
    await fleet.remove();
  }
}
// What is measured holds timers.
process.exit();
