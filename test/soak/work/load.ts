import { guardRules } from './guarded.js';
import { createKey, revokeKey, rotateKey, useDead, useKey } from './keys.js';
import { exceedLimit } from './limits.js';
import { changeApiUser, changeGroup, changePolicy, changeUser, readLists } from './members.js';
import { OperationEnded, type Scene } from './scene.js';
import { exchangeKey, introspect, readFeed, useToken, useUnknown } from './tokens.js';

/** Operations and how often each is chosen. */
const OPERATIONS: readonly (readonly [(scene: Scene) => Promise<void>, number])[] = [
  [useKey, 300],
  [useToken, 200],
  [useUnknown, 100],
  [useDead, 100],
  [exchangeKey, 60],
  [introspect, 40],
  [createKey, 50],
  [rotateKey, 25],
  [revokeKey, 30],
  [guardRules, 30],
  [readLists, 20],
  [changeGroup, 8],
  [changeUser, 8],
  [changeApiUser, 8],
  [changePolicy, 8],
  [readFeed, 8],
  [exceedLimit, 2],
];

const CHOICES = OPERATIONS.flatMap(([operation, weight]) => Array.from({ length: weight }, () => operation));

/** Operations that run until they are stopped. */
export interface Load {
  readonly operations: number;
  stop(): Promise<void>;
}

/** Starts workers. Each runs one operation after the other, chosen at random. */
export function startLoad(scenes: readonly Scene[], pauseMs: number): Load {
  const state = { stopped: false, operations: 0 };
  const work = async (scene: Scene) => {
    // Each operation once, so that a short run checks all that a long one checks.
    const first = OPERATIONS.map(([operation]) => operation).filter((_, at) => at % scenes.length === scene.worker);
    while (!state.stopped) {
      await runOne(scene, first.shift() ?? scene.random.pick(CHOICES));
      state.operations += 1;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const running = scenes.map(work);
  return {
    get operations() {
      return state.operations;
    },
    async stop() {
      state.stopped = true;
      await Promise.all(running);
    },
  };
}

async function runOne(scene: Scene, operation: (scene: Scene) => Promise<void>): Promise<void> {
  try {
    await operation(scene);
  } catch (error) {
    if (error instanceof OperationEnded) return;
    scene.ledger.breach(`${operation.name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
