/** True if secrets can be sent to this URL: https, or http on this machine and on the hosts of `allowHttp`. */
export function isTrustedUrl(text: string, allowHttp: readonly string[] = []): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && [...LOOPBACK, ...allowHttp].includes(hostname));
}

/** @throws TypeError unless secrets can be sent to the URL. */
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

/** @throws TypeError unless the value is an integer in the range. */
export function assertInteger(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new TypeError(`${option}: must be an integer from ${least} to ${most}`);
}

/** @throws TypeError for an option that `known` does not name. */
export function assertKnownNames(what: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) throw new TypeError(`${what}: unknown option \`${name}\``);
  }
}
