/** True if secrets can be sent to this URL: https, or http on this machine. */
export function isTrustedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

/** @throws TypeError unless secrets can be sent to the URL. */
export function assertUrl(url: string): void {
  if (!isTrustedUrl(url)) throw new TypeError('url: must be an https URL; http is allowed for this machine only');
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
