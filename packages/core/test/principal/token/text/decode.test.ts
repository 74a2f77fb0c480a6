import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url, claims, craft, header, input, mint, reasonOf, signParts, verifier } from '../token-fixture.js';

const verify = verifier();

describe('the form is strict', () => {
  it.each([
    ['', 'three parts'],
    ['a', 'three parts'],
    ['a.b', 'three parts'],
    ['a.b.c.d', 'three parts'],
    ['.'.repeat(8000), 'three parts'],
    ['{"payload":"e30","signatures":[]}', 'three parts'],
    ['..', 'base64url'],
    ['.e30.AAAA', 'header'],
  ])('a text that is not in the strict form is refused: %j', (text, reason) => {
    expect(reasonOf(verify(text.slice(0, 8192)))).toContain(reason);
  });

  it('pads, spaces, other alphabets and set unused bits are refused', () => {
    const jwt = mint(input());
    const [head = '', payload = '', signature = ''] = jwt.split('.');
    const texts = [`${jwt}=`, `${jwt}==`, ` ${jwt}`, `${jwt}\n`, `${head}.${payload}.${signature.slice(0, -1)}+`];
    for (const text of texts) expect(reasonOf(verify(text))).toBe('token: base64url');
    const last = signature.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet].filter((one) => verify(jwt.slice(0, -1) + one).allowed);
    expect(spellings).toEqual([last]);
  });

  it('a payload part that is not canonical is refused though exactly that text is signed', () => {
    const payload = base64url(JSON.stringify(claims()).padEnd(Math.ceil(JSON.stringify(claims()).length / 3) * 3 + 1));
    const wrong = payload.slice(0, -1) + String.fromCharCode((payload.at(-1) ?? 'A').charCodeAt(0) + 1);
    expect(Buffer.from(wrong, 'base64url')).toEqual(Buffer.from(payload, 'base64url'));
    expect(reasonOf(verify(signParts(base64url(header()), payload)))).toBe('accepted');
    expect(reasonOf(verify(signParts(base64url(header()), wrong)))).toBe('token: base64url');
  });

  it.each([
    ['a text', '"admin"'],
    ['a number', '1'],
    ['true', 'true'],
    ['null', 'null'],
    ['an array', '[]'],
    ['plain text', 'hello'],
    ['nothing', ''],
    ['a byte-order mark', `\ufeff${JSON.stringify({})}`],
    ['something after the object', '{}{}'],
    ['a comma too many', '{"a":1,}'],
    ['33 arrays in one another', `{"a":${'['.repeat(33)}${']'.repeat(33)}}`],
  ])('a payload that is %s is refused', (_, payload) => {
    for (const typ of ['at+jwt', 'JWT']) {
      expect(reasonOf(verify(craft({ ...header(), typ }, payload)))).toMatch(/^token: (payload|base64url)$/);
    }
  });

  it('a token whose payload is not UTF-8 is refused', () => {
    const bytes = Buffer.from(JSON.stringify({ ...claims(), email: 'x\u00ff' }), 'latin1');
    expect(reasonOf(verify(craft(header(), bytes)))).toBe('token: payload');
  });

  it.each([
    ['{"sub":"other",', 'in front'],
    ['{"\\u0073ub":"other",', 'escaped'],
    ['{"x":{"a":1,"a":2},', 'inside another'],
    ['{"x":[{"a:\\"":1,"a:\\"" : 2}],', 'with a quote and a colon in its name'],
    ['{"__proto__":{},"__proto__":{},', 'called __proto__'],
    ['{"x":{"a" \t:\r\n1,"a"\n:2},', 'with spaces before its colon'],
    ['{"x":":",":a":{":":1,":":2},', 'whose name begins with a colon'],
  ])('a member that stands twice is refused: %s (%s)', (start) => {
    const text = JSON.stringify(claims()).replace('{', start);
    expect(JSON.parse(text)).toBeTruthy();
    expect(reasonOf(verify(craft(header(), text)))).toBe('token: payload');
    expect(reasonOf(verify(craft('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"an-ec-key"}', claims())))).toBe(
      'token: header',
    );
  });

  it('names, texts and colons that only look like a second member are no second member', () => {
    const text = JSON.stringify({ ...claims(), 'a:b': '"c":', x: [{ a: 1 }, { a: 2 }], '\\"': '\\' }, null, 2);
    expect(reasonOf(verify(craft(header(), text)))).toBe('accepted');
  });

  it.each([':', ' : ', '":', '\\":"', 'a\ufffd:'])('a text that holds %j is no second member', (text) => {
    const payload = JSON.stringify({ ...claims(), x: [text, { [text]: text }], [text]: text });
    expect(reasonOf(verify(craft(header(), payload)))).toBe('accepted');
  });

  it('a token that is too large is refused before it is read, with size, limit and remedy', () => {
    const outcome = verify('x'.repeat(8193));
    expect(outcome).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE', members: { bytes: 8193, limit: 8192 } });
    expect(outcome).toHaveProperty('detail', expect.stringContaining('add oid'));
  });
});

describe('a verifier that has seen other headers', () => {
  const [, ...rest] = mint(input()).split('.');
  const heads = ['', 'e30', 'e30=', 'W10', '\u0141e30', ...Array.from({ length: 40 }, (_, kid) => base64url({ kid }))];
  const right = [header(), { ...header(), typ: 'JWT' }].map((head) => signParts(base64url(head), rest[0] ?? ''));
  const texts = [...heads.map((head) => [head, ...rest].join('.')), ...right];

  it('a verifier answers about a token as one that has seen no other, whatever it saw before', () => {
    const alone = new Map(texts.map((text) => [text, reasonOf(verifier()(text))]));
    expect([...new Set(alone.values())]).toEqual(expect.arrayContaining(['accepted', 'token: base64url']));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...texts), { maxLength: 100 }), (sent) => {
        const verifyAll = verifier();
        for (const text of sent) expect(reasonOf(verifyAll(text))).toBe(alone.get(text));
      }),
    );
  });
});
