import { readFileSync } from 'node:fs';
import { configurationSchema, settingsIn } from 'flairgate/internal';
import { describe, expect, it } from 'vitest';

const settings = settingsIn(configurationSchema);
const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const [, section = ''] = page.split('\n### Configuration file\n');
const rows = [
  ...section
    .split('\n```yaml', 1)
    .join()
    .matchAll(/^\| `([^`]+)` \|(.*)\|$/gm),
].map(([, name, cells = '']) => {
  const [, , fallback = '', variable = ''] = cells.split('|').map((cell) => cell.trim());
  return { name, fallback, variable: variable.replaceAll('`', '') };
});

describe('the configuration file in docs/configuration.md', () => {
  it('docs/configuration.md has every member of the configuration file, and no other', () => {
    expect(settings.length).toBeGreaterThan(40);
    expect(rows.map(({ name }) => name)).toEqual(settings.map(([name]) => name));
  });

  it.each(settings)('docs/configuration.md has the variable and the default of %s', (name, { variable, fallback }) => {
    const row = rows.find((documented) => documented.name === name);
    expect(row?.variable).toBe(variable ?? '');
    if (['number', 'string', 'boolean'].includes(typeof fallback)) expect(row?.fallback).toBe(String(fallback));
  });
});
