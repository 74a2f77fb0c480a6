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

/**
 * A refusal as passed to a host that sends responses in its own format. The caller may see every property of the
 * refusal.
 */
export interface AnsweredDenial extends Pick<Denial, 'code' | 'detail' | 'members'> {
  readonly status: number;
}

/**
 * Function that sends the body of a refusal in the host's own format. Status and headers, such as the challenge, are
 * already set.
 *
 * If the function throws or its promise rejects, the problem document is sent instead.
 */
export type AnswerDenial = (denial: AnsweredDenial, req: Request, res: Response) => unknown;

/** Options for responses to refused requests. */
export interface DenialOptions {
  readonly missingPermissionStatus: 401 | 403;
  /** Separator between the parts of a permission in `scope`. @default '.' */
  readonly scopeSeparator?: '.' | ':' | undefined;
  /** Function that sends refusals in the host's own format. If it is undefined, problem documents are sent. */
  readonly answer?: AnswerDenial | undefined;
  /** Value of the header `Vary`: the headers that carry credentials. @default 'x-api-key, Authorization' */
  readonly vary?: string | undefined;
  /**
   * Log in which refusals of known callers are recorded. Undefined if the gate has no store: another Flairgate service
   * then keeps the audit log.
   */
  readonly refusals?: RefusalLog | undefined;
  /** The gate's slot (the place for its caller on each request). Undefined outside a gate. */
  readonly slot?: CallerSlot | undefined;
}

/** A refusal as it is sent: status, headers and body. */
export interface SerializedDenial extends Pick<Answer, 'status'> {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

/** A serialized refusal without members, and the text in it. */
interface SerializedText {
  readonly detail: string;
  readonly serialized: SerializedDenial;
}

/**
 * The last serialized refusal of each code, by the option `missingPermissionStatus`. Only refusals without members are
 * stored, at first those with the standard text of their code. Many similar refusals in a short time then cost little.
 */
const lastSerialized: Readonly<Record<DenialOptions['missingPermissionStatus'], Map<DenialCode, SerializedText>>> = {
  401: serializeAll({ missingPermissionStatus: 401 }),
  403: serializeAll({ missingPermissionStatus: 403 }),
};

/** Serializes a refusal to status, headers (including the length of the body) and body. */
export function serializeDenial(denial: Denial, style: DenialOptions & RespondOptions): SerializedDenial {
  if (style.resource !== undefined || hasMembers(denial)) return serialize(denial, style);
  const { code, detail } = denial;
  const last = lastSerialized[style.missingPermissionStatus];
  const known = last.get(code);
  if (known?.detail === detail) return known.serialized;
  const serialized = serialize(denial, style);
  last.set(code, { detail, serialized });
  return serialized;
}

/**
 * Adds the request's id to the body, as the member `instance`. Returns the refusal unchanged if the request has no id.
 * @see RFC 9457 §3.1.5
 */
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

function serializeAll(style: DenialOptions): Map<DenialCode, SerializedText> {
  const codes = Object.keys(denialTable).filter((code): code is DenialCode => code in denialTable);
  return new Map(
    codes.map((code) => {
      const denial = deny(code);
      return [code, { detail: denial.detail, serialized: serialize(denial, style) }];
    }),
  );
}

function serialize(denial: Denial, style: DenialOptions & RespondOptions): SerializedDenial {
  const { status, headers, body } = respond(denial, style);
  const text = JSON.stringify(body);
  return { status, headers: [...Object.entries(headers), ['content-length', String(Buffer.byteLength(text))]], text };
}

function hasMembers({ members }: Denial): boolean {
  for (const _ in members) return true;
  return false;
}
