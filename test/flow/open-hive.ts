import { expect } from 'vitest';
import { type DemoFolder, demoFolder, type RunningDemo } from './running-demo.js';

export type Flair = 'bulk' | 'lock' | 'secret' | 'segment' | 'root';
export type Door = 'x-api-key' | 'Bearer';

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A demo with its five keys and a token of each, and one hive of it to call. */
export interface Hive {
  readonly demo: () => RunningDemo;
  /** Calls `/v1/hive/dr-general/OID` and what follows. */
  call(
    caller: readonly [Flair, Door],
    method: string,
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** Makes three records whose names begin with the prefix. */
  makeThree(prefix: string): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const flairs: readonly Flair[] = ['bulk', 'lock', 'secret', 'segment', 'root'];
export const doors: readonly Door[] = ['x-api-key', 'Bearer'];
export const kinds = ['plain', 'locked', 'secret'] as const;
export const content = { detect: { op: 'is' }, respond: [{ action: 'report' }] };
export const data = JSON.stringify(content);
export const metadata = JSON.stringify({ comment: 'changed' });

/** Flairs of the keys that create the three records. */
const makers = { plain: 'bulk', locked: 'lock', secret: 'secret' } as const;

export async function openHive(): Promise<Hive> {
  const folder: DemoFolder = await demoFolder();
  let demo = await folder.start();
  const headers = await credentialsOf(demo);
  const call: Hive['call'] = async ([flair, door], method, path, form) => {
    const answer = await fetch(`${demo.url}/v1/hive/dr-general/${demo.oid}${path}`, {
      method,
      headers: { ...headers.get(`${flair} ${door}`) },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: JSON.parse(text) };
  };
  return {
    demo: () => demo,
    call,
    async makeThree(prefix) {
      for (const kind of kinds) {
        const made = await call([makers[kind], 'x-api-key'], 'POST', `/${prefix}-${kind}/data`, { data });
        expect(made.status, made.text).toBe(200);
      }
    },
    async restart() {
      await demo.stop();
      demo = await folder.start();
    },
    close: () => folder.remove(),
  };
}

/** Returns the result of a call: `ok`, `opaque`, or the status and code of the refusal. */
export function outcome({ status, body }: Reply): string {
  if (status === 200) return body.opaque === true ? 'opaque' : 'ok';
  return `${status} ${String(body.code).replace('ERR_', '')}`;
}

async function credentialsOf(demo: RunningDemo): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const headers = new Map<string, Readonly<Record<string, string>>>();
  for (const flair of flairs) {
    const secret = demo.keys[flair] ?? '';
    headers.set(`${flair} x-api-key`, { 'x-api-key': secret });
    const body = new URLSearchParams({ oid: demo.oid, secret });
    const answer = await fetch(`${demo.url}/jwt`, { method: 'POST', body });
    const { jwt } = (await answer.json()) as { jwt: string };
    headers.set(`${flair} Bearer`, { authorization: `Bearer ${jwt}` });
  }
  return headers;
}
