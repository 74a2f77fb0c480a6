import { compileRequirement, createCatalogue, decidePermissions, defaultCatalogue, OptionError } from '@flairgate/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const catalogue = defaultCatalogue;
const allNames = catalogue.entries.map(({ name }) => name);
const bitsOf = (...names: string[]) => catalogue.toBits(names);

describe('compileRequirement', () => {
  it('compileRequirement keeps the order asked, puts a family in catalogue order, counts a name once', () => {
    const { names } = compileRequirement(['fp.ctrl', 'output.*', 'dr.list', 'output.del'], catalogue, 'all');
    expect(names).toEqual(['fp.ctrl', 'output.list', 'output.set', 'output.del', 'dr.list']);
  });

  it.each(['all', 'any'] as const)(
    'compileRequirement refuses an empty requirement (%s), which would allow every caller',
    (mode) => {
      expect(() => compileRequirement([], catalogue, mode)).toThrow(OptionError);
    },
  );

  it('compileRequirement refuses an unknown permission and names the nearest', () => {
    expect(() => compileRequirement(['dr.lst'], catalogue, 'all')).toThrow(/'dr\.lst'.*nearest.*'dr\.list'/);
  });

  it.each(['nothing.*', '*', 'apikey.*', '', 'dr.list,dr.set', 'DR.LIST', '__proto__'])(
    'compileRequirement refuses %j',
    (name) => {
      expect(() => compileRequirement([name, 'dr.list'], catalogue, 'any')).toThrow(OptionError);
    },
  );

  it('compileRequirement takes no privileged permission out of a family', () => {
    const mixed = createCatalogue([
      { name: 'out.list', description: 'list', privileged: false },
      { name: 'out.ctrl', description: 'control', privileged: true },
    ]);
    expect(compileRequirement(['out.*'], mixed, 'all').names).toEqual(['out.list']);
    expect(compileRequirement(['out.*', 'out.ctrl'], mixed, 'all').names).toEqual(['out.list', 'out.ctrl']);
  });

  it('compileRequirement says of an empty family that privileged permissions are named one by one', () => {
    expect(() => compileRequirement(['apikey.*'], catalogue, 'all')).toThrow(
      /no permission in apikey\.\*.*individually/,
    );
  });

  it('compileRequirement is frozen and does not follow the list it was made of', () => {
    const names = ['dr.list'];
    const requirement = compileRequirement(names, catalogue, 'all');
    names.push('dr.set');
    expect(requirement.names).toEqual(['dr.list']);
    expect(
      Object.isFrozen(requirement) && Object.isFrozen(requirement.names) && Object.isFrozen(requirement.steps),
    ).toBe(true);
  });
});

describe('decidePermissions', () => {
  it('decidePermissions names exactly the missing permissions in the order asked', () => {
    const requirement = compileRequirement(['fp.ctrl', 'dr.set', 'dr.list', 'output.*'], catalogue, 'all');
    expect(decidePermissions(requirement, bitsOf('dr.set', 'output.set'))).toEqual({
      allowed: false,
      missing: ['fp.ctrl', 'dr.list', 'output.list', 'output.del'],
    });
  });

  it('a requirement of any permission names the one that granted it', () => {
    const requirement = compileRequirement(['dr.del', 'dr.set', 'dr.list'], catalogue, 'any');
    expect(decidePermissions(requirement, bitsOf('dr.list', 'dr.set'))).toEqual({ allowed: true, granted: ['dr.set'] });
    expect(decidePermissions(requirement, bitsOf('fp.ctrl'))).toEqual({
      allowed: false,
      missing: ['dr.del', 'dr.set', 'dr.list'],
    });
  });

  it('decidePermissions refuses bits that are missing or too short', () => {
    const requirement = compileRequirement(['ingestkey.ctrl'], catalogue, 'all');
    expect(decidePermissions(requirement, []).allowed).toBe(false);
    expect(decidePermissions(requirement, [2 ** 30 - 1]).allowed).toBe(false);
  });

  it.each(['all', 'any'] as const)('a caller without any bits meets no requirement of one permission (%s)', (mode) => {
    for (const name of allNames) {
      const requirement = compileRequirement([name], catalogue, mode);
      expect(decidePermissions(requirement, [])).toEqual({ allowed: false, missing: [name] });
      expect(decidePermissions(requirement, bitsOf(name))).toEqual({ allowed: true, granted: [name] });
    }
  });

  it('decidePermissions agrees with sets of names, for every requirement and every holder', () => {
    const required = fc.shuffledSubarray(allNames, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        required,
        fc.subarray(allNames),
        fc.constantFrom('all' as const, 'any' as const),
        (names, held, mode) => {
          const outcome = decidePermissions(compileRequirement(names, catalogue, mode), catalogue.toBits(held));
          const missing = names.filter((name) => !held.includes(name));
          const first = names.find((name) => held.includes(name));
          if (mode === 'all' && missing.length === 0) expect(outcome).toEqual({ allowed: true, granted: names });
          else if (mode === 'any' && first !== undefined) expect(outcome).toEqual({ allowed: true, granted: [first] });
          else expect(outcome).toEqual({ allowed: false, missing });
        },
      ),
    );
  });
});
