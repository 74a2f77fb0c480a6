/** Names that break careless pages, each for another reason. */
const NAUGHTY = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'undefined',
  'null',
  'NaN',
  'true',
  '0',
  '-1',
  '1e309',
  '0x7f',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '"><b>bold</b>',
  "' onmouseover='alert(1)",
  '</title><script>alert(1)</script>',
  'javascript:alert(1)',
  '{{7*7}}',
  '\u0024{7*7}',
  '<%= 7*7 %>',
  "'; DROP TABLE key; --",
  '%00%0a%0d',
  '..%2f..%2fetc%2fpasswd',
  '../../etc/passwd',
  '&amp;&lt;&gt;&#39;',
  '=HYPERLINK("https://evil.example")',
  '\\u003cb\\u003e',
  'C:\\con\\nul',
  '#/keys/new',
  '?key=1&key=2',
  'white  space   inside',
  '\u05e9\u05dc\u05d5\u05dd 17',
  '\u0645\u0631\u062d\u0628\u0627 user 3 (x)',
  'v\u0435ndor',
  '\u0440\u0430\u0443\u0440\u0430\u04cf',
  '\u{1f468}\u{1f3fd}\u{1f680}',
  '\u{1f1fa}\u{1f1f8}\u{1f1e9}\u{1f1ea}',
  'Z\u0351\u036b\u0343\u036a\u0302a\u0325\u0316lgo\u031a\u0345',
  '\u7530\u4e2d\u3055\u3093\u306b\u3042\u3052\u3066\u4e0b\u3055\u3044',
  '\u0e01\u0e34\u0e48\u0e19\u0e40\u0e02\u0e21\u0e32',
  '\u212b\u00c5A\u030a',
  '\ufdfa',
  '\u{12031}\u{1242b}',
  '\u2161\u2162 \u00bd \u2460',
  'w'.repeat(128),
  'W'.repeat(128),
  '\u6f22'.repeat(128),
  '\ufdfa'.repeat(128),
  'a-'.repeat(64),
  '\u00ad\u200b'.repeat(3),
  '.'.repeat(128),
  '[segment] [lock] [secret] [root] [bulk]',
] as const;

/** Returns this many names, the first ones as they are, the others in variants. The service may refuse some. */
export function naughtyNames(count: number): readonly string[] {
  const names = new Set<string>();
  for (let variant = 0; names.size < count; variant += 1) {
    for (const name of NAUGHTY) {
      if (names.size < count) names.add(variant === 0 ? name : `${[...name].slice(0, 120).join('')} ${variant}`);
    }
  }
  return [...names];
}
