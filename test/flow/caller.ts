import { memoryStore } from '@flairgate/core';
import { createKey, createUser, joinUser } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import type { ServiceOptions } from '@flairgate/server';
import { done, operator, type Received, type RunningService, runService, seed } from './running-service.ts';

/** Body of a call: a form, or JSON. */
export interface Carried {
  readonly form?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request by one credential, and what it was answered. */
export type CallBy = (method: string, path: string, carried?: Carried) => Promise<Reply>;

export interface Reply {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** A member of the answer that must be a text. */
  text(member: string): string;
}

/** Sends with this key in `x-api-key`. */
export function callerWith(running: RunningService, key: string): CallBy {
  return (method, path, carried) => callBy(running, { 'x-api-key': key }, method, path, carried);
}

/** Sends with this token. */
export function bearerWith(running: RunningService, token: string): CallBy {
  return (method, path, carried) => callBy(running, { Authorization: `Bearer ${token}` }, method, path, carried);
}

async function callBy(
  running: RunningService,
  credential: Readonly<Record<string, string>>,
  ...[method, path, { form, json, headers = {} } = {}]: [string, string, Carried?]
): Promise<Reply> {
  const pairs = Array.isArray(form) ? form : Object.entries(form ?? {});
  const isJson = json !== undefined;
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded';
  const body = isJson
    ? JSON.stringify(json)
    : new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
  return printReply(
    await running.send({ method, path, body, headers: { 'Content-Type': type, ...credential, ...headers } }),
  );
}

function printReply({ status, headers, text: sent }: Received): Reply {
  const body: Readonly<Record<string, unknown>> = JSON.parse(sent);
  return {
    status,
    etag: headers.etag,
    body,
    text(member) {
      const value = body[member];
      if (typeof value !== 'string') throw new Error(`no text ${member} in ${sent}`);
      return value;
    },
  };
}

/** A service with an organization, its owner, and ways to make more people. */
export async function startServerFixture(store?: Store, options: Partial<ServiceOptions> = {}) {
  const opened = store ?? (await memoryStore());
  const running = await runService(opened, { keyHash: { scheme: 'sha256', rounds: 1 }, ...options });
  const { administration } = running.service.context;
  const seeded = await seed(running);
  return {
    running,
    administration,
    ...seeded,
    owner: callerWith(running, seeded.userKey.text),
    organizationCaller: callerWith(running, seeded.organizationKey.text),
    /** A user with a key; a member of the organization where permissions are given. */
    async person(name: string, permissions?: readonly string[]) {
      const email = `${name}@acme.example`;
      const { uid } = await done(createUser(administration, operator, { email }));
      if (permissions !== undefined) {
        await done(joinUser(administration, operator, { uid, oid: seeded.oid, permissions }));
      }
      const { text } = await done(
        createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'laptop' }),
      );
      return { uid, email, key: text, call: callerWith(running, text) };
    },
    async close() {
      await running.close();
      await opened.close();
    },
  };
}

export type ServerFixture = Awaited<ReturnType<typeof startServerFixture>>;
