import {
  type Answer,
  type Denial,
  type DenialCode,
  denialTable,
  deny,
  type RespondOptions,
  respond,
} from '@flairgate/core';
import type { RefusalLog } from '@flairgate/core/administration';
import type { Request, Response } from 'express';
import type { CallerSlot } from '../request/caller-slot.js';
import type { RequestId } from '../request/request-id.js';

/** Refusal as a host that answers in its own form is told. All of it is for the caller. */
export interface AnsweredDenial extends Pick<Denial, 'code' | 'detail' | 'members'> {
  readonly status: number;
}

/**
 * Sends the body of a refusal in the form of the host. Status and headers, such as the challenge, are set already.
 *
 * If it throws or rejects, the problem document is sent instead.
 */
export type AnswerDenial = (denial: AnsweredDenial, req: Request, res: Response) => unknown;

/** Options for the answers to refusals. */
export interface DenialOptions {
  readonly missingPermissionStatus: 401 | 403;
  /** Separator between the parts of a permission in `scope`. @default '.' */
  readonly scopeSeparator?: '.' | ':' | undefined;
  /** Sends refusals in the form of the host; undefined for problem documents. */
  readonly answer?: AnswerDenial | undefined;
  /** Names of the headers that hold credentials, for `Vary`. @default 'x-api-key, Authorization' */
  readonly vary?: string | undefined;
  /** Log of refusals of known callers; undefined if the store is another Flairgate. */
  readonly refusals?: RefusalLog | undefined;
  /** Slot of the gate on each request; undefined outside a gate. */
  readonly slot?: CallerSlot | undefined;
}

/** Refusal in the form in which it is sent. */
export interface SerializedDenial extends Pick<Answer, 'status'> {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

/** Refusals without details of their own, serialized in advance, so that a flood of them costs little. */
const plain: Readonly<Record<DenialOptions['missingPermissionStatus'], ReadonlyMap<DenialCode, SerializedDenial>>> = {
  401: serializeAll({ missingPermissionStatus: 401 }),
  403: serializeAll({ missingPermissionStatus: 403 }),
};

/** Serializes a refusal: status, headers with the length of the body, and body. */
export function serializeDenial(denial: Denial, style: DenialOptions & RespondOptions): SerializedDenial {
  const known =
    isUnchanged(denial) && style.resource === undefined
      ? plain[style.missingPermissionStatus].get(denial.code)
      : undefined;
  return known ?? serialize(denial, style);
}

/** Adds the id of the request as `instance`. Without an id the refusal stays as it is. @see RFC 9457 §3.1.5 */
export function withInstance(serialized: SerializedDenial, found: RequestId | undefined): SerializedDenial {
  if (found === undefined) return serialized;
  const text = `${serialized.text.slice(0, -1)},"instance":"${encodeURIComponent(found.id)}"}`;
  const length = String(Buffer.byteLength(text));
  return {
    status: serialized.status,
    headers: serialized.headers.map(([name, value]) => [name, name === 'content-length' ? length : value]),
    text,
  };
}

function serializeAll(style: DenialOptions): ReadonlyMap<DenialCode, SerializedDenial> {
  const codes = Object.keys(denialTable).filter((code): code is DenialCode => code in denialTable);
  return new Map(codes.map((code) => [code, serialize(deny(code), style)]));
}

function serialize(denial: Denial, style: DenialOptions & RespondOptions): SerializedDenial {
  const { status, headers, body } = respond(denial, style);
  const text = JSON.stringify(body);
  return { status, headers: [...Object.entries(headers), ['content-length', String(Buffer.byteLength(text))]], text };
}

function isUnchanged({ code, detail, members }: Denial): boolean {
  if (detail !== denialTable[code].detail) return false;
  for (const _ in members) return false;
  return true;
}
