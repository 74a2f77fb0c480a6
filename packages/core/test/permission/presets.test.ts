import { compileRequirement, limaCharlieCatalogue, permissionPresets } from '@flairgate/core';
import { validateGrants } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';

describe('permissionPresets', () => {
  it.each(Object.entries(permissionPresets))(
    'the permissions of the preset %s can be granted and required',
    (_, grants) => {
      expect(grants.length).toBeGreaterThan(0);
      expect(validateGrants(grants, limaCharlieCatalogue)).toEqual([]);
      expect(() => compileRequirement(grants, limaCharlieCatalogue, 'all')).not.toThrow();
    },
  );

  it('the presets have the real-time output and the commands of going live', () => {
    const { names } = compileRequirement(permissionPresets['Go Live'], limaCharlieCatalogue, 'all');
    expect(names).toEqual(['output.list', 'output.set', 'output.del', 'sensor.task']);
  });

  it('the presets cannot be changed by a program that uses them', () => {
    expect(Object.isFrozen(permissionPresets)).toBe(true);
    expect(Object.values(permissionPresets).every((grants) => Object.isFrozen(grants))).toBe(true);
  });
});
