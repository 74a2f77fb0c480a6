import type { ServicePolicy } from '../store/rows.js';

/** Whether a service with this policy serves the organization. What it does not serve is unknown to it. */
export function serves({ organizations }: Pick<ServicePolicy, 'organizations'>, oid: string): boolean {
  return organizations === 'all' || organizations.includes(oid);
}
