import type { ServicePolicy } from '../store/rows.js';

/**
 * True if a service with this policy serves the organization. A service learns nothing about organizations that it does
 * not serve.
 */
export function serves({ organizations }: Pick<ServicePolicy, 'organizations'>, oid: string): boolean {
  return organizations === 'all' || organizations.includes(oid);
}
