import { type ProgramFolder, programFolder, type RunningProgram } from './running-program.ts';

interface Demo {
  readonly url: string;
  readonly oid: string;
  readonly ownerUid: string;
  /** Keys by flair, as the first start showed them; none on a later one. */
  readonly keys: Readonly<Record<string, string>>;
}

/** The program that `pnpm start` runs, as a separate process. */
export type RunningDemo = Demo & RunningProgram;

/** A folder for one demo's data, to be started in several times. */
export type DemoFolder = ProgramFolder<RunningDemo>;

export function demoFolder(): Promise<DemoFolder> {
  // Both starts end with the line that says how to make another key.
  return programFolder({ example: 'limacharlie', env: { PORT: '0' }, ready: /^Make another key: .*\n/m }, readText);
}

function readText(text: string): Demo {
  const one = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  const keys = [...text.matchAll(/^ {2}demo\[(\w+)\]\s+(\S+)$/gm)].map(([, flair, key]) => [flair, key]);
  return {
    url: one(/serves (http:\S+?)[;\s]/),
    oid: one(/--org (\S+)/),
    ownerUid: one(/^its owner \S+: (\S+)$/m),
    keys: Object.fromEntries(keys),
  };
}
