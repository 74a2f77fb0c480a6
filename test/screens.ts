/**
 * Tests of single screens in Chromium, from the root of the repository. They take minutes together, so `test:long` runs
 * them; `test` runs the ways through the console and the sign-in.
 */
export const SCREENS =
  'test/browser/{console-access,console-audit,console-faults,console-kept,console-key-page,console-names,docs-page}.test.ts';
