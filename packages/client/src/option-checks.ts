/**
 * True if secrets may be sent to this URL: an https URL, or an http URL of this machine or of a host in `allowHttp`.
 */
export function isTrustedUrl(text: string, allowHttp: readonly string[] = []): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && [...LOOPBACK, ...allowHttp].includes(hostname));
}

/** Asserts that secrets may be sent to the URL. @throws TypeError */
export function assertUrl(url: string, allowHttp: unknown = []): void {
  assertHosts(allowHttp);
  if (isTrustedUrl(url, allowHttp)) return;
  throw new TypeError('url: must be an https URL; http is allowed for this machine and the hosts of allowHttp only');
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const HOST_NAME = /^[a-z0-9][a-z0-9._-]{0,252}$/;

function assertHosts(hosts: unknown): asserts hosts is readonly string[] {
  if (Array.isArray(hosts) && hosts.every((host) => typeof host === 'string' && HOST_NAME.test(host))) return;
  throw new TypeError("allowHttp: must be a list of host names without port, such as ['auth']");
}

/** Asserts that the value is an integer from `least` to `most`. @throws TypeError */
export function assertInteger(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new TypeError(`${option}: must be an integer from ${least} to ${most}`);
}

/** Asserts that the name of each option is also the name of a member of `known`. @throws TypeError */
export function assertKnownNames(what: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) throw new TypeError(`${what}: unknown option \`${name}\``);
  }
}
