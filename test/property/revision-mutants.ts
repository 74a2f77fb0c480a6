import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Action, type Core, WARM } from './revision-model.ts';

/** One way to break the protocol in the built code, and the shortest way to see it. */
export interface Mutant {
  readonly changes: readonly Change[];
  readonly way: readonly Action[];
}

interface Change {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const PULL: readonly Action[] = ['push', 'read-pull', 'answer-pull'];
const REVISION = 'revision/revision.js';
const SYNC = 'revision/sync.js';
const STALENESS = 'revision/staleness.js';
const AUTHENTICATOR = 'principal/assemble-authenticator.js';

const inFile =
  (file: string) =>
  (find: string, replace: string): Change => ({ file, find, replace });
const inRevision = inFile(REVISION);
const inSync = inFile(SYNC);
const inStaleness = inFile(STALENESS);

/** Rules that must not be removed from the code, each with its mutant. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'time counts from the answer': {
    changes: [inSync('from - snapshot.ageMs + options.boundMs', 'context.stopwatch() + options.boundMs')],
    way: [...WARM, 'push', 'read-pull', 'revoke', 'run', 'answer-pull', 'run', 'run', 'request'],
  },
  'a push is trusted': {
    changes: [
      inSync(
        'if (state.running === undefined) {',
        'state.validUntil = context.stopwatch() + context.options.boundMs; if (state.running === undefined) {',
      ),
    ],
    way: [...WARM, 'revoke', 'run', 'push', 'run', 'run', 'request'],
  },
  'a pause is not noticed': {
    changes: [inStaleness('now - context.state.lastTick > PAUSED_MS', 'false')],
    way: [...WARM, 'revoke', 'pause', 'request'],
  },
  'a sync from before the pause clears it': {
    changes: [inSync('state.syncedFrom = from', 'state.syncedFrom = context.stopwatch()')],
    way: [...WARM, 'push', 'read-pull', 'revoke', 'pause', 'answer-pull', 'request'],
  },
  'a sync from before the pause is waited for': {
    changes: [inSync('state.queued ??= state.running', 'return state.running; state.queued ??= state.running')],
    way: [...WARM, 'push', 'read-pull', 'revoke', 'pause', 'request', 'answer-pull'],
  },
  'an answer that came too late is used': {
    changes: [
      inStaleness(
        `if (context.stopwatch() < state.validUntil)
            return;
    }`,
        'return; }',
      ),
    ],
    way: [...WARM, 'pause', 'request', 'read-pull', 'revoke', 'long-pause', 'answer-pull'],
  },
  'a principal that came too late is used': {
    changes: [{ file: AUTHENTICATOR, find: 'revision.validForMs > 0 && ', replace: '' }],
    way: [...WARM.slice(0, 4), 'revoke', 'long-pause', 'answer-fill'],
  },
  'a failed sync is good enough past the bound': {
    changes: [inStaleness('context.stopwatch() >= state.validUntil', 'false')],
    way: [...WARM, 'revoke', 'long-pause', 'request', 'fail-pull'],
  },
  'a restore is not noticed': {
    changes: [inSync('snapshot.incarnation !== state.incarnation', 'false')],
    way: [...WARM, 'other-change', 'restore', ...PULL, 'run', 'run', ...PULL, 'run', 'request'],
  },
  'pruned changes are not missed': {
    changes: [
      inSync('snapshot.prunedTo > state.applied', 'false'),
      inRevision('lineage.rev < state.prunedTo', 'false'),
    ],
    way: [...WARM, 'revoke', 'prune', ...PULL, 'run', 'run', ...PULL, 'run', 'request'],
  },
  'the first change after a fill does not count': {
    changes: [inRevision('> lineage.rev)', '> lineage.rev + 1)')],
    way: [...WARM, 'revoke', ...PULL, 'run', 'run', ...PULL, 'run', 'request'],
  },
};

const core = fileURLToPath(new URL('../../packages/core/', import.meta.url));
/** Beside the packages that the code imports. */
const folder = join(core, 'node_modules', '.mutants', String(process.pid));

/** Copies the built code, breaks it and loads it. */
export async function mutantOf(name: string, changes: readonly Change[]): Promise<Core> {
  const copy = join(folder, name.replaceAll(' ', '-'));
  cpSync(join(core, 'dist'), copy, { recursive: true, filter: (file) => !/\.(map|d\.ts)$/.test(file) });
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  for (const { file, find, replace } of changes) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(find).length !== 2) throw new Error(`${file} does not have once: ${find}`);
    writeFileSync(path, text.replace(find, replace));
  }
  return import(pathToFileURL(join(copy, 'index.js')).href);
}

export function removeMutants(): void {
  rmSync(folder, { recursive: true, force: true });
}
