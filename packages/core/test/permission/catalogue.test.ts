import { createHash } from 'node:crypto';
import { createCatalogue, defaultCatalogue, limaCharlieCatalogue, limeCatalogue, OptionError } from '@flairgate/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const entry = (name: string, privileged = false) => ({ name, description: `may ${name}`, privileged });
const small = createCatalogue([
  entry('out.set'),
  entry('out.list'),
  entry('out.ctrl', true),
  entry('out.list.deep'),
  entry('outer.list'),
  entry('key.ctrl', true),
]);
const allNames = defaultCatalogue.entries.map(({ name }) => name);
const someNames = fc.subarray(allNames);

describe('createCatalogue', () => {
  it('a catalogue is named by 128 bits of SHA-256 over its ordered names', () => {
    const names = small.entries.map(({ name }) => name).join('\n');
    expect(small.digest).toBe(createHash('sha256').update(names).digest().subarray(0, 16).toString('base64url'));
  });

  it('a catalogue has another name in another order, the same with other descriptions', () => {
    const reversed = createCatalogue([...small.entries].reverse());
    const reworded = createCatalogue(small.entries.map((each) => ({ ...each, description: 'else' })));
    expect(reversed.digest).not.toBe(small.digest);
    expect(reworded.digest).toBe(small.digest);
  });

  it.each([
    ['no permission', []],
    ['a family', [entry('out.*')]],
    ['a lone star', [entry('*')]],
    ['one part', [entry('out')]],
    ['five parts', [entry('a.b.c.d.e')]],
    ['capitals', [entry('Out.list')]],
    ['an empty part', [entry('out..list')]],
    ['a space', [entry('out.list ')]],
    ['a repeated name', [entry('out.list'), entry('out.list')]],
  ])('createCatalogue refuses %s at construction', (_, entries) => {
    expect(() => createCatalogue(entries)).toThrow(OptionError);
  });

  it('a catalogue does not change with the list it was made of', () => {
    const list = [entry('out.list')];
    const made = createCatalogue(list);
    list.push(entry('out.set'));
    Object.assign(list[0] ?? {}, { privileged: true });
    expect(made.has('out.set')).toBe(false);
    expect(made.privileged('out.list')).toBe(false);
    expect(Object.isFrozen(made) && Object.isFrozen(made.entries) && made.entries.every(Object.isFrozen)).toBe(true);
  });

  it('a catalogue contains no name of Object.prototype', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(small.has(name)).toBe(false);
      expect(small.index(name)).toBeUndefined();
      expect(small.expand([name])).toEqual([]);
    }
  });
});

describe('expand', () => {
  it('expand gives a family its members, sorted, and never a privileged one', () => {
    expect(small.expand(['out.*'])).toEqual(['out.list', 'out.list.deep', 'out.set']);
    expect(small.expand(['out.list.*'])).toEqual(['out.list.deep']);
    expect(small.expand(['key.*'])).toEqual([]);
  });

  it('expand gives a privileged permission only by its name', () => {
    expect(small.expand(['out.*', 'out.ctrl'])).toContain('out.ctrl');
  });

  it.each(['*', '.*', 'out*', 'out.', 'out', 'o.*', 'out.*.*', '', 'OUT.*', 'out.lis*'])(
    'expand gives nothing for %j',
    (grant) => {
      expect(small.expand([grant])).toEqual([]);
    },
  );

  it('expand leaves out names of another catalogue and gives each once', () => {
    expect(small.expand(['gone.list', 'out.list', 'out.list', 'out.*'])).toEqual([
      'out.list',
      'out.list.deep',
      'out.set',
    ]);
  });

  it('callers with the same permissions share one frozen list, however the permissions were granted', () => {
    const list = small.expand(['out.*']);
    expect(Object.isFrozen(list)).toBe(true);
    expect(small.expand(['out.set', 'gone.list', 'out.list.deep', 'out.list'])).toBe(list);
    expect(small.expand(['out.*', 'out.ctrl'])).not.toBe(list);
    expect(small.toBits(list)).toBe(small.toBits([...list].reverse()));
  });

  it('expand is right for a list that expands others while it is read', () => {
    function* grants() {
      yield 'out.set';
      expect(small.expand(['key.ctrl'])).toEqual(['key.ctrl']);
      yield 'out.list.*';
    }
    expect(small.expand(grants())).toEqual(['out.list.deep', 'out.set']);
  });
});

describe('bits', () => {
  it('bits printed and read back are the same names, sorted', () => {
    fc.assert(
      fc.property(someNames, (names) => {
        expect(defaultCatalogue.fromBits(defaultCatalogue.toBits(names))).toEqual([...names].sort());
      }),
    );
  });

  it('bits are 30 to a number, all numbers there, frozen', () => {
    const bits = defaultCatalogue.toBits(allNames);
    expect(bits).toHaveLength(Math.ceil(allNames.length / 30));
    expect(bits.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 30)).toBe(true);
    expect(Object.isFrozen(bits)).toBe(true);
    expect(defaultCatalogue.toBits([])).toEqual(bits.map(() => 0));
  });

  it('bits past the end, missing or no numbers at all give no names', () => {
    expect(small.fromBits([])).toEqual([]);
    expect(small.fromBits([0, 2 ** 30 - 1, 7])).toEqual([]);
    expect(small.fromBits([Number.NaN])).toEqual([]);
    expect(small.toBits(['gone.list', '*'])).toEqual([0]);
  });
});

describe('the catalogues that ship', () => {
  it('the catalogues that ship mark exactly three permissions as privileged', () => {
    const marked = defaultCatalogue.entries.filter(({ privileged }) => privileged).map(({ name }) => name);
    expect(marked).toEqual(['apikey.ctrl', 'user.ctrl', 'billing.ctrl']);
  });

  it('the LimaCharlie catalogue holds the published permissions', () => {
    const published = `org.get org.del org.set_quota org.conf.get org.conf.set apikey.ctrl user.ctrl billing.ctrl
      sensor.task ikey.del dr.list dr.set dr.del dr.list.managed dr.del.service fp.ctrl secret.get.mtd lookup.set
      ai_agent.set.mtd ai_agent.exec ai_agent.operate externaladapter.del ext.conf.set.mtd ext.sub.mtd replicant.ctrl
      insight.evt.get.simple insight.det.get audit.set job.ctrl output.del payload.ctrl module.update ingestkey.ctrl`;
    for (const name of published.split(/\s+/)) expect(limaCharlieCatalogue.has(name), name).toBe(true);
    expect(limaCharlieCatalogue.entries).toHaveLength(117);
  });

  it('the catalogues that ship hold four actions for each of seven Lime types', () => {
    expect(limeCatalogue.entries).toHaveLength(28);
    for (const action of ['read', 'write', 'add', 'delete']) expect(limeCatalogue.has(`deal.${action}`)).toBe(true);
  });

  it('the catalogues that ship together are the default, with every place of the first kept', () => {
    expect(allNames).toHaveLength(117 + 28);
    for (const { name } of limaCharlieCatalogue.entries) {
      expect(defaultCatalogue.index(name)).toBe(limaCharlieCatalogue.index(name));
    }
  });

  it('the built-in catalogues describe every permission', () => {
    expect(defaultCatalogue.entries.filter(({ description }) => description.length < 8)).toEqual([]);
  });
});
