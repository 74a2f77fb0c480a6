import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DemoFolder, RunningDemo } from '../running-demo.js';

const COMMAND = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

/** Creates a key of the demo's owner by the command line, as the first start advises. Returns its text. */
export function createOwnerKey({ path }: DemoFolder, { ownerUid }: RunningDemo, name = 'laptop'): string {
  const words = ['key', 'create', '--user', ownerUid, '--name', name, '--format', 'uuid', '--json'];
  const env = { PATH: process.env.PATH };
  const printed = execFileSync(process.execPath, [COMMAND, ...words], { cwd: path, encoding: 'utf8', env });
  return String(JSON.parse(printed).key);
}
