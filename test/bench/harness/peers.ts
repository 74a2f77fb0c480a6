import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder of the libraries we compare with. They have a lock file of their own; no other command installs them. */
const folder = join(import.meta.dirname, '..', '..', 'peers');

/** Installs the peers as their lock file says, where that has not been done since it changed. */
export function installPeers(): void {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  const locked = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs) return;
  process.stderr.write('installing the libraries to compare with\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the libraries to compare with could not be installed');
}

/** Path of a file in the folder of the peers. */
export function peerFile(name: string): string {
  return join(folder, name);
}

/** Loads a module of ours that uses peers. It is JavaScript: this project compiles without them. */
export async function loadPeer<T>(name: string): Promise<T> {
  const loaded: T = await import(pathToFileURL(peerFile(name)).href);
  return loaded;
}

/** The installed version of a peer. */
export function peerVersion(name: string): string {
  const read = createRequire(peerFile('package.json'));
  const { packages }: { packages: Record<string, { version?: string }> } = read('./package-lock.json');
  return packages[`node_modules/${name}`]?.version ?? 'unknown';
}
