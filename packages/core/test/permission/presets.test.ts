import { compileRequirement, limaCharlieCatalogue, permissionPresets } from '@flairgate/core';
import { validateGrants } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';

describe('permissionPresets', () => {
  it.each(Object.entries(permissionPresets))('%s can be granted and required', (_, grants) => {
    expect(grants.length).toBeGreaterThan(0);
    expect(validateGrants(grants, limaCharlieCatalogue)).toEqual([]);
    expect(() => compileRequirement(grants, limaCharlieCatalogue, 'all')).not.toThrow();
  });

  it('has the real-time output and the commands of going live', () => {
    const { names } = compileRequirement(permissionPresets['Go Live'], limaCharlieCatalogue, 'all');
    expect(names).toEqual(['output.list', 'output.set', 'output.del', 'sensor.task']);
  });

  it('cannot be changed by a program that uses it', () => {
    expect(Object.isFrozen(permissionPresets)).toBe(true);
    expect(Object.values(permissionPresets).every((grants) => Object.isFrozen(grants))).toBe(true);
  });
});
