import { setImmediate } from 'node:timers/promises';

/** Number of list entries that are written in one turn of the event loop. */
const ITEMS_PER_TURN = 500;
const OPENING = { array: '[', object: '{' } as const;
const CLOSING = { array: ']', object: '}' } as const;

/**
 * True if a member of the response is so long that it is not written in one turn of the event loop. Writing it at once
 * would delay other requests.
 */
export function hasLongMember(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).some((member) => sizeOf(member) > ITEMS_PER_TURN);
}

function sizeOf(member: unknown): number {
  if (typeof member !== 'object' || member === null) return 0;
  return Array.isArray(member) ? member.length : Object.keys(member).length;
}

/**
 * Yields the text of `JSON.stringify(value)` in pieces. A long member is split into several pieces. Other requests can
 * run between two pieces.
 */
export async function* slicedJson(value: object): AsyncGenerator<string> {
  let before = '{';
  for (const [name, member] of Object.entries(value)) {
    const isLong = sizeOf(member) > ITEMS_PER_TURN;
    const text = isLong ? '' : JSON.stringify(member);
    // Omits a member that has no JSON representation, such as undefined.
    if (text === undefined) continue;
    yield `${before}${JSON.stringify(name)}:${text}`;
    before = ',';
    if (isLong) yield* slicesOf(Object(member));
  }
  yield before === '{' ? '{}' : '}';
}

async function* slicesOf(member: readonly unknown[] | object): AsyncGenerator<string> {
  const kind = Array.isArray(member) ? 'array' : 'object';
  const entries: readonly unknown[] = Array.isArray(member) ? member : Object.entries(member);
  let before: string = OPENING[kind];
  for (let at = 0; at < entries.length; at += ITEMS_PER_TURN) {
    const slice = entries.slice(at, at + ITEMS_PER_TURN);
    const text = JSON.stringify(kind === 'array' ? slice : Object.fromEntries(slice as [string, unknown][])).slice(
      1,
      -1,
    );
    if (text === '') continue;
    yield `${before}${text}`;
    before = ',';
    await setImmediate();
  }
  yield before === ',' ? CLOSING[kind] : `${OPENING[kind]}${CLOSING[kind]}`;
}
