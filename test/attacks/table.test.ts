import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasTitle, idsOf, missingTests, parseList, printTable, readAttacks, resultOf, unknownIds } from './table.ts';

const groups = readAttacks();
const all = Object.values(groups).flat();

describe('docs/security.md', () => {
  it('docs/security.md is what the names of the tests give', async () => {
    // To write it again: vitest run test/attacks/table.test.ts --update
    const page = join(import.meta.dirname, '..', '..', 'docs', 'security.md');
    await expect(printTable(groups)).toMatchFileSnapshot(page);
  });

  it('each id is there once, with a sentence, and with a test or a reason but not both', () => {
    const ids = all.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(450);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    expect(all.filter(({ what }) => what.length < 15)).toEqual([]);
    expect(all.filter(({ tests, reason }) => tests.length > 0 && reason !== undefined)).toEqual([]);
  });

  it('each test that is named exists, and each id in a title is in a list', () => {
    expect(missingTests(all)).toEqual([]);
    expect(unknownIds(all)).toEqual([]);
  });
});

describe('the checks of the table can fail', () => {
  it('the checks of the table fail on a title that no test has, and on one that only text has', () => {
    const source = "it.each(cases)('is refused with %s', (what) => {});\nconst text = 'a list';\n";
    expect(hasTitle(source, 'is refused with %s')).toBe(true);
    expect(hasTitle(source, 'is refused')).toBe(false);
    expect(hasTitle(source, 'a list')).toBe(false);
  });

  it('the checks of the table read ids from titles, and results from lists', () => {
    const found = idsOf('a.test.ts', "  it('A-01, S-RL-2, V4.1.1: what', () => {});\n  it('no id: what', () => {});");
    expect(found.map(({ id }) => id)).toEqual(['A-01', 'S-RL-2', 'V4.1.1']);
    const [tested, reasoned, open] = parseList('A-1 One\n+ a.test.ts: b: c\nA-2 Two\n- none\nA-3 Three\n');
    expect(tested?.tests).toEqual([{ file: 'a.test.ts', title: 'b: c' }]);
    const results = [tested, reasoned, open].map((attack) => attack && resultOf(attack));
    expect(results).toEqual(['tested', 'does not apply', 'untested']);
  });
});
