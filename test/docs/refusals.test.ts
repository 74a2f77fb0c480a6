import { readFileSync } from 'node:fs';
import { denialTable } from '@flairgate/core';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/refusals.md', import.meta.url), 'utf8');
const ROW = /^\| (\w+) \| `(ERR_\w+)` \| (\d{3}) \| (.+?) \| (.+) \|$/gm;

const documented = new Map(
  [...page.matchAll(ROW)].map(([, stage, code, status, challenge, detail]) => [
    code,
    { stage, status: Number(status), challenge, detail },
  ]),
);

function printed(challenge: string | undefined): string {
  if (challenge === undefined) return '\u2014';
  return challenge === 'none' ? 'without an error attribute' : `\`${challenge}\``;
}

describe('docs/refusals.md', () => {
  it.each(Object.entries(denialTable))(
    'docs/refusals.md says of %s what the table says',
    (code, { stage, status, challenge, detail }) => {
      expect(documented.get(code)).toEqual({ stage, status, challenge: printed(challenge), detail });
    },
  );

  it('docs/refusals.md names no code that does not exist', () => {
    const named = [...page.matchAll(/`(ERR_\w+)`/g)].map(([, code]) => code);
    expect(named.filter((code) => !Object.hasOwn(denialTable, code ?? ''))).toEqual([]);
    expect(named.length).toBeGreaterThan(Object.keys(denialTable).length);
  });
});
