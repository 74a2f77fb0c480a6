import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IP address. An IPv4-mapped IPv6 address is represented as an IPv4 address. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A block of addresses. An IPv4-mapped IPv6 block is represented as an IPv4 block. */
export interface Range {
  /** First address of the block. */
  readonly network: Address;
  readonly prefix: number;
}

/** Number of bits before the IPv4 address in an IPv4-mapped IPv6 address. @see RFC 4291 §2.5.5.2 */
const MAPPED_BITS = 96;

/**
 * Parses `address/prefix` or a plain address. Bits after the prefix are cleared. Returns undefined for any other
 * string.
 */
export function parseRange(text: string): Range | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const written = parseWritten(addressText);
  if (written === undefined || rest.length > 0) return undefined;
  if (prefixText !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(prefixText)) return undefined;
  const width = written.kind() === 'ipv4' ? 32 : 128;
  const prefix = prefixText === undefined ? width : Number(prefixText);
  if (prefix > width) return undefined;
  const address = prefix >= MAPPED_BITS ? unmapped(written) : written;
  return rangeOf(address, address === written ? prefix : prefix - MAPPED_BITS);
}

/**
 * Parses the address of a caller. An IPv6 zone such as `%eth0` is ignored. Returns undefined if the string is not an
 * address.
 */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return ipaddr.IPv4.parse(text);
  const zone = text.indexOf('%');
  const bare = zone < 0 ? text : text.slice(0, zone);
  return isIPv6(bare) ? unmapped(parseIPv6(bare)) : undefined;
}

/**
 * Returns the part of an address that identifies one subscriber: a whole IPv4 address, or the /64 network of an IPv6
 * address, because one subscriber has at least a /64.
 */
export function subscriberText(address: Address): string {
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : address.toString();
}

/** True if the address is in the range. */
export function isInRange(address: Address, { network, prefix }: Range): boolean {
  return address.kind() === network.kind() && address.match(network, prefix);
}

/** Returns the first and the last address of a range as numbers. */
export function boundsOf({ network, prefix }: Range): { readonly first: bigint; readonly last: bigint } {
  const bytes = network.toByteArray();
  const first = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return { first, last: first | ((1n << BigInt(bytes.length * 8 - prefix)) - 1n) };
}

/** Returns a range as `network/prefix`. IPv6 addresses are written in their shortest form (RFC 5952). */
export function toRangeText({ network, prefix }: Range): string {
  return `${network}/${prefix}`;
}

/**
 * Parses an address. `node:net` must recognize the address, because ipaddr.js also accepts octal and shortened
 * addresses.
 */
function parseWritten(text: string): Address | undefined {
  if (isIPv4(text)) return ipaddr.IPv4.parse(text);
  // A zone has a meaning only on one machine (RFC 4007 §6), so a range must not contain one.
  return isIPv6(text) && !text.includes('%') ? parseIPv6(text) : undefined;
}

/**
 * Parses an IPv6 address. An address with an IPv4 ending is first converted to hexadecimal, because ipaddr.js reads
 * `::192.0.2.1` as the mapped `::ffff:192.0.2.1`.
 */
function parseIPv6(text: string): ipaddr.IPv6 {
  return ipaddr.IPv6.parse(text.includes('.') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text);
}

function unmapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function rangeOf(address: Address, prefix: number): Range {
  const text = `${address}/${prefix}`;
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return { network: family.networkAddressFromCIDR(text), prefix };
}
