import { readdirSync, readFileSync } from 'node:fs';
import { type DenialCode, denialTable, deny, respond } from '@flairgate/core';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/refusals.md', import.meta.url), 'utf8');
const ROW = /^\| (\w+) \| \[`(ERR_\w+)`\]\(errors\/\w+\/\w+\.md\) \| (\d{3}) \| (.+?) \| (.+) \|$/gm;

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

const errors = new URL('../../docs/errors/', import.meta.url);
const codes = Object.entries(denialTable) as [DenialCode, (typeof denialTable)[DenialCode]][];

describe('the page about a code', () => {
  it.each(codes)('the page about %s says what the table says, what happened, why, and what to do', (code, row) => {
    const text = readFileSync(new URL(`${row.stage}/${code}.md`, errors), 'utf8');
    const facts = `| ${row.status} | ${row.stage} | ${printed(row.challenge)} | ${row.detail} |`;
    expect(text.split('\n')).toEqual(expect.arrayContaining([`# ${code}`, facts]));
    const parts = text.split(/^## /m).slice(1);
    expect(parts.map((part) => part.split('\n', 1).join())).toEqual(['What happened', 'Why', 'What to do']);
    for (const part of parts) expect(part.split('\n').slice(1).join('').length).toBeGreaterThan(30);
  });

  it.each(codes)('the page about %s is where the type of its problem document leads', (code, { stage }) => {
    expect(respond(deny(code)).body.type).toBe(`https://flairgate.github.io/flairgate/errors/${code}`);
    expect(page).toContain(`(errors/${stage}/${code}.md)`);
  });

  it('the page about a code is there for no code that does not exist', () => {
    const pages = readdirSync(errors, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
    expect(pages.sort()).toEqual(codes.map(([code, { stage }]) => `${stage}/${code}.md`).sort());
  });
});
