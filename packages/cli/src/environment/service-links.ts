import { isIP } from 'node:net';

/**
 * Name endings of Kubernetes service links (variables with the address of a Service). Each ending has a check of the
 * format of the value.
 */
const FORMS: readonly (readonly [RegExp, (value: string) => boolean])[] = [
  [/_SERVICE_HOST$/, isAddress],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, isPort],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)_PROTO$/, (value) => /^(?:tcp|udp|sctp)$/.test(value)],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)_PORT$/, isPort],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)_ADDR$/, isAddress],
  [/_PORT_\d{1,5}_(?:TCP|UDP|SCTP)$/, isEndpoint],
  [/_PORT$/, isEndpoint],
];

/**
 * True for a variable that Kubernetes sets in every pod of a namespace for a Service named `flairgate` or
 * `flairgate-…`, such as `FLAIRGATE_PORT=tcp://10.0.0.7:8787`. Such variables are not settings.
 *
 * The value must have the format of a service link. `FLAIRGATE_PORT=8787` does not have this format, so it is still
 * reported as an unknown variable.
 */
export function isServiceLink(name: string, value: string): boolean {
  const form = FORMS.find(([end]) => end.test(name));
  return form?.[1](value) ?? false;
}

function isAddress(value: string): boolean {
  return isIP(value) !== 0;
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) <= 65_535;
}

function isEndpoint(value: string): boolean {
  return /^(?:tcp|udp|sctp):\/\/[\d.a-fA-F:[\]]+:\d{1,5}$/.test(value);
}
