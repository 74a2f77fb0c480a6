import { describe, expect, it } from 'vitest';
import { codeOnly, importsOf, withoutComments } from './source.ts';

describe('reading source', () => {
  it('reading source finds every form of import', () => {
    const text = `
import 'side-effect';
import type { A } from 'only-types';
import { type B, type C } from 'only-inline-types';
import d, { type E } from 'mixed';
import * as f from 'namespace';
import {
  g,
  h,
} from 'many-lines';
export { i } from 'export';
export type { J } from 'export-type';
export * from 'export-all';
const k = await import('dynamic');
let l: import('type-call').Name;
// import 'comment';
/* import 'block'; */
`;
    expect(importsOf(text)).toEqual([
      { specifier: 'side-effect', typeOnly: false },
      { specifier: 'only-types', typeOnly: true },
      { specifier: 'only-inline-types', typeOnly: true },
      { specifier: 'mixed', typeOnly: false },
      { specifier: 'namespace', typeOnly: false },
      { specifier: 'many-lines', typeOnly: false },
      { specifier: 'export', typeOnly: false },
      { specifier: 'export-type', typeOnly: true },
      { specifier: 'export-all', typeOnly: false },
      { specifier: 'dynamic', typeOnly: false },
      { specifier: 'type-call', typeOnly: true },
    ]);
  });

  it('reading source keeps code and lines, and blanks the rest', () => {
    const hole = '{c!.d}';
    const text = `a(/x!/g, "any", 'y!'); // z!\nb(\`t! $${hole} !\`);\n/* e!\n */ f / g / h;`;
    const code = codeOnly(text);
    expect(code.split('\n')).toHaveLength(4);
    expect(code.replace(/\s+/g, ' ')).toBe(`a( , , ); b( $${hole} ); f / g / h;`);
    expect(withoutComments('x; // y\n"// z"')).toBe('x;     \n"// z"');
  });
});
