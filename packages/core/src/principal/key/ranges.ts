import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues, type Issue } from '../../denial/issue.js';
import { boundsOf, isInRange, parseAddress, parseRange, type Range, toRangeText } from './range.js';

const ANYWHERE: readonly string[] = Object.freeze(['0.0.0.0/0', '::/0']);

/**
 * Parses IPv4 and IPv6 CIDR ranges. A plain address is a range of one address. An empty list means any address.
 *
 * Returns the ranges as `network/prefix`, without duplicates. An IPv4-mapped range becomes the IPv4 range. Refuses with
 * `ERR_VALIDATION` and one issue per invalid range, or one issue for a list longer than `limits.ranges`.
 */
export function parseRanges(list: readonly string[], field = 'ranges'): Outcome<readonly string[]> {
  if (list.length > limits.ranges) return denyIssues([{ field, message: `must have at most ${limits.ranges} ranges` }]);
  const ranges = new Set<string>();
  const issues: Issue[] = [];
  for (const [place, text] of list.entries()) {
    const range = parseRange(text);
    if (range !== undefined) ranges.add(toRangeText(range));
    else issues.push({ field, message: `range ${place + 1} must be an address or CIDR range, such as 203.0.113.0/24` });
  }
  return issues.length > 0 ? denyIssues(issues) : allow(Object.freeze([...ranges]));
}

/**
 * Creates a function that checks whether an address is in one of the ranges. If there are no ranges, every address
 * passes, even undefined.
 *
 * An IPv4-mapped address counts as IPv4, and an IPv6 zone is ignored. A malformed range contains no address.
 */
export function createRangeCheck(ranges: readonly string[]): (address: string | undefined) => boolean {
  if (ranges.length === 0) return () => true;
  const allowed = parsed(ranges);
  return (address) => {
    const caller = address === undefined ? undefined : parseAddress(address);
    return caller !== undefined && allowed.some((range) => isInRange(caller, range));
  };
}

/**
 * True if every address of `inner` is in `outer`. In both lists, an empty list means any address.
 *
 * False if a range of `inner` is malformed. A malformed range of `outer` contains no address.
 */
export function rangesWithin(inner: readonly string[], outer: readonly string[]): boolean {
  if (outer.length === 0) return true;
  const allowed = merged(parsed(outer));
  return (inner.length === 0 ? ANYWHERE : inner).every((text) => {
    const range = parseRange(text);
    if (range === undefined) return false;
    const { first, last } = boundsOf(range);
    return allowed.some((block) => block.family === range.network.kind() && block.first <= first && last <= block.last);
  });
}

interface Block {
  readonly family: 'ipv4' | 'ipv6';
  readonly first: bigint;
  readonly last: bigint;
}

function parsed(ranges: readonly string[]): readonly Range[] {
  return ranges.map(parseRange).filter((range) => range !== undefined);
}

/**
 * Merges ranges that overlap or touch. A block is then recognized as contained even if its two halves are listed
 * separately.
 */
function merged(ranges: readonly Range[]): readonly Block[] {
  const blocks: Block[] = [];
  const sorted = ranges
    .map((range): Block => ({ family: range.network.kind(), ...boundsOf(range) }))
    .sort((a, b) => compareAddresses(a.family, b.family) || compareAddresses(a.first, b.first));
  for (const block of sorted) {
    const before = blocks.at(-1);
    const joins = before?.family === block.family && block.first <= before.last + 1n;
    if (!joins) blocks.push(block);
    else if (block.last > before.last) blocks[blocks.length - 1] = { ...before, last: block.last };
  }
  return blocks;
}

function compareAddresses<T extends string | bigint>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
