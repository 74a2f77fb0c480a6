import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A draft: a file with a temporary name, which gets its final name when it is complete. */
export interface DraftFile {
  readonly path: string;
  /** Removes the draft and its signal handlers. */
  remove(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Age, in milliseconds, from which a draft that another machine created is treated as abandoned. */
const FORGOTTEN_MS = 24 * 3600 * 1000;

/**
 * Chooses the temporary name for a draft of the file `path`. If a signal ends the process, the draft is removed first.
 * Also removes older drafts of the same file, if the processes that wrote them were killed.
 */
export function nameDraft(path: string): DraftFile {
  removeForgotten(path);
  const draft = `${path}.partial-${machine()}-${process.pid}-${randomBytes(6).toString('hex')}`;
  const remove = () => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
    rmSync(draft, { force: true });
  };
  const onSignal = (signal: NodeJS.Signals) => {
    remove();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { path: draft, remove };
}

function removeForgotten(path: string): void {
  const start = `${basename(path)}.partial-`;
  for (const name of fileNamesIn(dirname(path))) {
    if (!name.startsWith(start)) continue;
    const rest = /^([a-z0-9]*)-(\d+)-[0-9a-f]{12}$/.exec(name.slice(start.length));
    if (rest === null) continue;
    const file = join(dirname(path), name);
    if (rest[1] === machine() ? !isAlive(Number(rest[2])) : isOld(file)) rmSync(file, { force: true });
  }
}

function fileNamesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isOld(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > FORGOTTEN_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function machine(): string {
  return hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
}
