import {
  ACTIONS,
  type Action,
  describeState,
  isEnabled,
  openRevisionFixture,
  type RevisionFixture,
  type Sabotage,
  step,
} from './revision-model.ts';

/** Runs what is enabled of the actions, on a world of its own, until a promise is broken. Stops the world. */
export async function replay(actions: readonly Action[], sabotage: Sabotage = {}): Promise<RevisionFixture> {
  const world = openRevisionFixture(sabotage);
  for (const action of actions) {
    if (isEnabled(world, action)) await step(world, action);
    if (world.broken !== undefined) break;
  }
  await world.authenticator.close();
  return world;
}

export interface Search {
  readonly states: number;
  /** Longest that an ended key was let in, in milliseconds. */
  readonly latest: number;
  /** The broken promise, and the steps that led to it. */
  readonly broken: string | undefined;
}

/** Visits every state within `depth` steps of the start, each once, on the code as it is. */
export async function search(start: readonly Action[], depth: number, sabotage: Sabotage = {}): Promise<Search> {
  const seen = new Set<string>();
  let frontier: readonly (readonly Action[])[] = [start];
  let latest = -1;
  for (let level = 0; level < depth; level += 1) {
    const next: (readonly Action[])[] = [];
    for (const path of frontier) {
      const origin = await replay(path, sabotage);
      for (const action of ACTIONS.filter((each) => isEnabled(origin, each))) {
        const way = [...path, action];
        const world = await replay(way, sabotage);
        latest = Math.max(latest, world.latest);
        if (world.broken !== undefined)
          return { states: seen.size, latest, broken: `${world.broken}: ${way.join(', ')}` };
        const state = describeState(world);
        if (seen.has(state)) continue;
        seen.add(state);
        next.push(way);
      }
    }
    frontier = next;
  }
  return { states: seen.size, latest, broken: undefined };
}
