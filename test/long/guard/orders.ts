/** One step of a caller's program, and what came of it. */
export interface Step {
  readonly caller: number;
  readonly operation: 'create' | 'upsert' | 'update' | 'delete' | 'read';
  /** Written into the name of the resource. */
  readonly mark: string;
}

/** Result that a caller saw: the name of the resource, or a refusal. */
export interface Seen {
  readonly step: Step;
  readonly status: number;
  readonly name: string | undefined;
  readonly opaque: boolean;
}

export interface Caller {
  readonly segment: boolean;
  readonly lock: boolean;
  readonly secret: boolean;
  readonly root: boolean;
}

interface State {
  readonly name: string;
  readonly createdBy: number;
  readonly lockedBy: number | undefined;
  readonly secretTo: number | undefined;
}

interface Expected {
  readonly state: State | undefined;
  readonly refused: boolean;
  readonly status: number;
  readonly name?: string;
  readonly opaque?: boolean;
}

/** The rules once more, as a machine of one resource that does one step at a time. */
function run(state: State | undefined, { caller, operation, mark }: Step, flairs: Caller): Expected {
  const refuse = (status: number): Expected => ({ state, refused: true, status });
  const made: State = {
    name: mark,
    createdBy: caller,
    lockedBy: flairs.lock ? caller : undefined,
    secretTo: flairs.secret ? caller : undefined,
  };
  const done = (next: State | undefined, status = 200): Expected => ({
    state: next,
    refused: false,
    status,
    ...(next === undefined ? {} : { name: next.name, opaque: next.secretTo !== undefined && next.secretTo !== caller }),
  });
  if (operation === 'create') return state === undefined ? done(made, 201) : refuse(409);
  return state === undefined
    ? operation === 'upsert'
      ? done(made)
      : refuse(404)
    : runPresent(state, { caller, operation, mark }, flairs, { refuse, done });
}

interface Outcomes {
  readonly refuse: (status: number) => Expected;
  readonly done: (next: State | undefined, status?: number) => Expected;
}

function runPresent(
  state: State,
  { caller, operation, mark }: Step,
  flairs: Caller,
  { refuse, done }: Outcomes,
): Expected {
  if (flairs.segment && !flairs.root && state.createdBy !== caller) return refuse(operation === 'upsert' ? 409 : 404);
  if (operation === 'read') return done(state);
  if (state.lockedBy !== undefined && state.lockedBy !== caller && !flairs.root) return refuse(403);
  if (operation === 'delete') return done(undefined, 204);
  if (operation === 'upsert' && flairs.secret && state.secretTo !== caller) return refuse(409);
  return done({ ...state, name: mark, lockedBy: state.lockedBy ?? (flairs.lock ? caller : undefined) });
}

/**
 * True if some order of the steps, with those of each caller in their order, explains what was seen. With `exactly`, a
 * refusal must have the same status. Otherwise any refusal of the rules is accepted, because the query that explains a
 * refusal runs after the statement.
 */
export function someOrderGives(
  programs: readonly (readonly Seen[])[],
  callers: readonly Caller[],
  { exactly, last }: { readonly exactly: boolean; readonly last: readonly Seen[] },
): boolean {
  const search = (at: readonly number[], state: State | undefined): boolean => {
    if (programs.every((program, index) => at[index] === program.length)) {
      let end = state;
      return last.every((seen) => {
        const expected = run(end, seen.step, callers[seen.step.caller] ?? PLAIN);
        end = expected.state;
        return agrees(expected, seen, exactly);
      });
    }
    return programs.some((program, index) => {
      const seen = program[at[index] ?? 0];
      if (seen === undefined) return false;
      const expected = run(state, seen.step, callers[seen.step.caller] ?? PLAIN);
      return (
        agrees(expected, seen, exactly) &&
        search(
          at.map((place, who) => (who === index ? place + 1 : place)),
          expected.state,
        )
      );
    });
  };
  return search(
    programs.map(() => 0),
    undefined,
  );
}

export const PLAIN: Caller = { segment: false, lock: false, secret: false, root: false };

function agrees(expected: Expected, seen: Seen, exactly: boolean): boolean {
  if (expected.refused || seen.status >= 400) {
    return expected.refused && seen.status >= 400 && (!exactly || seen.status === expected.status);
  }
  return (
    (seen.step.operation === 'delete' || seen.name === expected.name) &&
    (seen.step.operation === 'delete' || seen.opaque === expected.opaque)
  );
}
