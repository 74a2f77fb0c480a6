import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linesMatching } from './source.ts';
import { readFiles, root, type SourceFile } from './tree.ts';

const texts = readFiles(/./);
const lockFile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');

// Written in pieces, so that this file does not find itself.
const machineFolders = ['work', 'root', 'tmp', String.raw`home\/\w+`, String.raw`Users\/\w+`].join('|');
const machinePath = new RegExp(String.raw`(?<![\w.}\])-])\/(?:${machineFolders})\/`, 'g');
const registryHost = new RegExp(
  String.raw`\b${'regis'}try\.[a-z0-9-]+\.[a-z]+|\b(?:npm|pypi|proxy)\.[\w.-]*(?:internal|local|corp)\b`,
  'g',
);

/** Lines with an address: where a package comes from is the installer's setting, not ours. */
function downloadAddresses(text: string): readonly number[] {
  return linesMatching(text, /https?:\/\/|\btarball:/g);
}

function machineTraces({ path, text }: SourceFile): readonly string[] {
  return [...linesMatching(text, machinePath), ...linesMatching(text, registryHost)].map((line) => `${path}:${line}`);
}

describe('addresses', () => {
  it('addresses are looked for in every text file', () => {
    const paths = texts.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['package.json', 'pnpm-lock.yaml', 'CONTRIBUTING.md', '.ci/run']));
    expect(lockFile.length).toBeGreaterThan(10_000);
  });

  it('addresses are not in the lock file', () => {
    expect(downloadAddresses(lockFile)).toEqual([]);
  });

  it('addresses of one machine or one registry are in no file', () => {
    expect(texts.flatMap(machineTraces)).toEqual([]);
  });
});

describe('the checks of addresses can fail', () => {
  it('the checks of addresses fail on a tarball', () => {
    expect(downloadAddresses(`resolution: {tarball: ${'https'}://example.org/a.tgz}`)).not.toEqual([]);
  });

  it.each([
    ['', 'tmp', 'a'].join('/'),
    `cd ${['', 'work', 'main'].join('/')}`,
    `"${['', 'home', 'ann', 'b'].join('/')}"`,
  ])('the checks of addresses fail on %s', (text) => {
    expect(machineTraces({ path: 'a.md', text })).toHaveLength(1);
  });

  it('the checks of addresses fail on a registry', () => {
    expect(machineTraces({ path: '.npmrc', text: ['registry', 'example', 'org'].join('.') })).toHaveLength(1);
  });

  it('the checks of addresses do not fail on a folder of ours', () => {
    expect(machineTraces({ path: 'a.md', text: './work/x test/root/y node_modules/tmp/z' })).toEqual([]);
  });
});
