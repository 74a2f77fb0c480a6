import { isIPv4, isIPv6 } from 'node:net';

/** A block of addresses. An IPv4-mapped IPv6 block is an IPv4 block. */
export interface Range {
  readonly family: 'ipv4' | 'ipv6';
  readonly first: bigint;
  readonly prefix: number;
}

const WIDTH = { ipv4: 32, ipv6: 128 } as const;

/** The upper 96 bits of an IPv4-mapped address. @see RFC 4291 §2.5.5.2 */
const MAPPED = 0xffffn;

/**
 * Parses `address/prefix` or a plain address. Bits after the prefix are cleared. Returns undefined for any other text.
 */
export function parseRange(text: string): Range | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || rest.length > 0) return undefined;
  if (prefixText !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(prefixText)) return undefined;
  const prefix = prefixText === undefined ? WIDTH[parsed.family] : Number(prefixText);
  if (prefix > WIDTH[parsed.family]) return undefined;
  return unmapped({ ...parsed, prefix });
}

/** Returns the first and the last address of a range. */
export function boundsOf({ family, first, prefix }: Range): { readonly first: bigint; readonly last: bigint } {
  return { first, last: first | hostMask(family, prefix) };
}

/** Returns the first address of a range as text. IPv6 addresses have their shortest form (RFC 5952). */
export function toAddressText({ family, first }: Range): string {
  if (family === 'ipv4') return [24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, group) => hex((first >> BigInt(112 - 16 * group)) & 0xffffn));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function parseAddress(text: string): Pick<Range, 'family' | 'first'> | undefined {
  if (isIPv4(text)) return { family: 'ipv4', first: parseIPv4(text) };
  // A zone is of one machine only (RFC 4007 §6), so no range can hold it.
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return { family: 'ipv6', first: parseIPv6(text) };
}

function parseIPv4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIPv6(text: string): bigint {
  const tail = /[^:]*\.[^:]*$/.exec(text)?.[0];
  const last = tail === undefined ? 0n : parseIPv4(tail);
  const words =
    tail === undefined ? text : text.slice(0, -tail.length) + [last >> 16n, last & 0xffffn].map(hex).join(':');
  const [head = '', rest] = words.split('::');
  const before = hexGroups(head);
  const after = hexGroups(rest ?? '');
  const zeros = new Array<bigint>(8 - before.length - after.length).fill(0n);
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | group, 0n);
}

function hex(word: bigint): string {
  return word.toString(16);
}

function hexGroups(text: string): bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}

function unmapped({ family, first, prefix }: Range): Range {
  const isMapped = family === 'ipv6' && prefix >= 96 && first >> 32n === MAPPED;
  const range: Range = isMapped
    ? { family: 'ipv4', first: first & 0xffffffffn, prefix: prefix - 96 }
    : { family, first, prefix };
  return { ...range, first: range.first & ~hostMask(range.family, range.prefix) };
}

function hostMask(family: Range['family'], prefix: number): bigint {
  return (1n << BigInt(WIDTH[family] - prefix)) - 1n;
}
