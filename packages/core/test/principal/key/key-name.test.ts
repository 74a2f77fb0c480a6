import { FLAIRS, parseKeyName } from '@flairgate/core';
import { nearest } from '@flairgate/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const messageOf = (text: string): string => {
  const parsed = parseKeyName(text);
  return parsed.allowed ? '' : JSON.stringify(parsed.members.issues);
};

describe('parseKeyName', () => {
  it.each([
    ['vendor', []],
    ['vendor[segment]', ['segment']],
    ['vendor[segment][secret]', ['secret', 'segment']],
    ['[root]', ['root']],
    ['a [lock] b', ['lock']],
    ['x[bulk][bulk]', ['bulk']],
    ['x[root][segment][secret][lock][bulk]', ['bulk', 'lock', 'secret', 'segment', 'root']],
    ['<script>(root){root}</script>, a|b=c', []],
    ['__proto__', []],
    ['\u00e5ngstr\u00f6m \u6771\u4eac \u{1f511}', []],
  ])('parseKeyName reads %s', (text, flairs) => {
    expect(parseKeyName(text)).toEqual({ allowed: true, value: { name: text, flairs } });
  });

  it.each([
    ['an unknown flair', 'a[segement]', 'segment'],
    ['capitals', 'a[ROOT]', 'root'],
    ['a space inside', 'a[ root]', 'root'],
    ['several in one bracket', 'a[root,lock]', 'lock'],
    ['a value', 'a[lock=1]', 'lock'],
    ['an open bracket', 'a[secret', 'secret'],
    ['a bracket that closes nothing', 'bulk]', 'bulk'],
    ['reversed brackets', ']lock[', 'lock'],
    ['nested brackets', '[[root]]', 'root'],
    ['a bracket in a bracket', '[ro[bulk]ot]', 'bulk'],
    ['a Cyrillic letter', 'a[r\u043eot]', 'root'],
    ['a mathematical letter', 'a[\u{1d42b}oot]', 'root'],
    ['a dotless i', '[b\u0131lk]', 'bulk'],
    ['a combining mark inside', 'a[root\u0338]', 'root'],
    ['a combining mark on the closing bracket', 'a[root]\u0338', 'root'],
    ['full-width brackets', 'a\uff3broot\uff3d', 'root'],
    ['full-width brackets and letters', 'a\uff3b\uff52\uff4f\uff4f\uff54\uff3d', 'root'],
    ['vertical brackets', 'a\ufe47secret\ufe48', 'secret'],
    ['white brackets', 'a\u27e6lock\u27e7', 'lock'],
    ['lenticular brackets', 'a\u3010bulk\u3011', 'bulk'],
    ['a letter in tortoise shells', 'a\u{1f12a}', 'root'],
    ['a half-right pair', 'a[lock\uff3d', 'lock'],
  ])('parseKeyName refuses %s and names the nearest flair', (_, text, near) => {
    if (text.includes('\u{1f12a}')) expect(messageOf(text)).toMatch(/looks like a square bracket/);
    else expect(messageOf(text)).toContain(`the nearest is [${near}]`);
  });

  it.each(['a[]', '[', ']', '[]', '[__proto__]', '[constructor]', '[toString]', '[root'])(
    'parseKeyName refuses %s',
    (text) => {
      expect(parseKeyName(text)).toMatchObject({
        code: 'ERR_VALIDATION',
        members: { issues: [{ field: 'name', message: expect.stringContaining('the nearest is [') }] },
      });
    },
  );

  it('parseKeyName refuses every bracket that Unicode folds or draws like a square one', () => {
    const brackets = [
      ...'\uff3b\uff3d\ufe47\ufe48\u27e6\u27e7\u2045\u2046\u301a\u301b\u3010\u3011\u3014\u3015\u2997\u2998\u298b\u298c',
      ...'\u298d\u298e\u298f\u2990\u2308\u2309\u230a\u230b\u23a1\u23a2\u23a3\u23a4\u23a5\u23a6\u2e22\u2e23\u2e24\u2e25',
      ...'\u2e55\u2e56\u2e57\u2e58\u300c\u300d\uff62\uff63\ufe41\ufe42\ufe17\ufe18\u2772\u2773',
    ];
    const accepted = brackets.filter((bracket) => parseKeyName(`a${bracket}`).allowed);
    expect(accepted).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['of 129 characters', 'a'.repeat(129)],
    ['of 129 characters outside the first plane', '\u{1f511}'.repeat(129)],
    ['very long', 'a'.repeat(100_000)],
    ['with a leading space', ' a'],
    ['with a trailing space', 'a '],
    ['with a line feed', 'a\nb'],
    ['with NUL', 'a\u0000'],
    ['with an escape', 'a\u001b[31m'],
    ['with DEL', 'a\u007f'],
    ['with a C1 control', 'a\u0085'],
    ['with a no-break space', 'a\u00a0b'],
    ['with an ideographic space', 'a\u3000b'],
    ['with a zero-width space', 'a[ro\u200bot]'],
    ['with a zero-width joiner', 'a\u200db'],
    ['with a soft hyphen', 'a\u00adb'],
    ['with a right-to-left override', 'a\u202eb'],
    ['with an isolate', 'a\u2066b'],
    ['with a byte order mark', '\ufeffa'],
    ['with a line separator', 'a\u2028b'],
    ['with a Hangul filler', 'a\u3164b'],
    ['with a variation selector', 'a\ufe0f'],
    ['with a blank Braille pattern', 'a\u2800'],
    ['with a tag character', 'a\u{e005b}'],
    ['with a private character', 'a\ue000'],
    ['with an unassigned character', 'a\u0378'],
    ['with a noncharacter', 'a\uffff'],
    ['with half a surrogate pair', 'a\ud800'],
    ['that starts with a combining mark', '\u0301a'],
  ])('parseKeyName refuses a name %s', (_, text) => {
    expect(parseKeyName(text)).toMatchObject({ allowed: false, code: 'ERR_VALIDATION' });
  });

  it('parseKeyName takes 128 characters, counted after normalization', () => {
    expect(parseKeyName('a'.repeat(128)).allowed).toBe(true);
    expect(parseKeyName('e\u0301'.repeat(128))).toMatchObject({ value: { name: '\u00e9'.repeat(128) } });
    expect(parseKeyName('e\u0301'.repeat(129)).allowed).toBe(false);
  });

  it('parseKeyName reads the flair at the end of a name of full length, and no cut one', () => {
    expect(parseKeyName(`${'a'.repeat(122)}[root]`)).toMatchObject({ value: { flairs: ['root'] } });
    expect(parseKeyName(`${'a'.repeat(123)}[root]`).allowed).toBe(false);
  });

  it('parseKeyName reads the name it gives again, with the same flairs', () => {
    const piece = fc.oneof(
      fc.constantFrom(...FLAIRS.map((flair) => `[${flair}]`), '[', ']', 'root'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const parsed = parseKeyName(pieces.join(''));
        if (!parsed.allowed) return;
        expect(parseKeyName(parsed.value.name)).toEqual(parsed);
        // Whoever folds the name more than we do finds no other flair in it.
        const folded = parsed.value.name.normalize('NFKC');
        expect(folded.split('[').length).toBe(parsed.value.name.split('[').length);
      }),
      { numRuns: 200 },
    );
  });

  it('parseKeyName refuses a known flair with one character changed, and names it', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    for (const flair of FLAIRS) {
      for (const letter of letters) {
        const changed = letter + flair.slice(1);
        if (changed !== flair) expect(messageOf(`a[${changed}]`)).toContain(`[${nearest(changed, FLAIRS)}]`);
      }
    }
  });

  it('parseKeyName judges hostile names in linear time', () => {
    const from = process.cpuUsage();
    for (const text of ['['.repeat(30_000), '['.repeat(128), '[root'.repeat(6000), 'e\u0301'.repeat(500)]) {
      expect(parseKeyName(text).allowed).toBe(false);
    }
    // Time of the processor, in microseconds: a busy machine does not count.
    expect(process.cpuUsage(from).user).toBeLessThan(300_000);
  });
});

describe('with unknown flairs kept', () => {
  const keep = (text: string) => parseKeyName(text, 'keep');

  it.each(['ci[prod]', 'ci[PROD]', 'a[eu-west.1]', 'a[x][segment]', 'a[v2_beta]'])('parseKeyName keeps %s', (text) => {
    const parsed = keep(text);
    expect(parsed).toMatchObject({ allowed: true, value: { name: text } });
    expect(parseKeyName(text).allowed).toBe(false);
  });

  it('parseKeyName, with unknown flairs kept, reads the flairs that stand beside them', () => {
    expect(keep('vendor[prod][segment]')).toMatchObject({ value: { flairs: ['segment'] } });
  });

  it.each([
    ['a flair in other letters', ['Segment', 'ROOT', 'Bulk']],
    ['a flair as a part', ['prod.segment', 'root-ca', 'x_lock']],
    ['a flair anywhere inside', ['segments', 'rootless', 'padlocked', 's.e.c.r.e.t']],
    ['a word near a flair', ['segement', 'sgment', 'rot', 'roots', 'blk', 'secrte', 'lokc']],
    ['a part near a flair', ['prod-segemnt', 'a.rooot']],
    ['look-alikes of a flair', ['r00t', '5egrnent', 'segrnent', 'l0ck', '1ock', 's3cr3t', '5e9rnen7']],
    ['another character', ['pr\u00f6d', 'a b', 'a/b', '', '\u0455egment', 'prod!']],
  ])('parseKeyName, with unknown flairs kept, refuses %s', (_, words) => {
    for (const word of words) expect([word, keep(`a[${word}]`).allowed]).toEqual([word, false]);
  });

  it('parseKeyName, with unknown flairs kept, refuses brackets that are alone or nested', () => {
    for (const text of ['a[prod', 'a]prod', 'a[[prod]]', 'a[pro[d]']) expect(keep(text).allowed).toBe(false);
  });
});
