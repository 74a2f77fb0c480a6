import { type Answer, type Denial, type DenialCode, denialTable, deny, respond } from '@flairgate/core';
import type { RefusalLog } from '@flairgate/core/administration';
import type { CallerSlot } from '../request/kept-caller.js';

/** How refusals of one gate are answered. */
export interface DenialOptions {
  readonly missingPermissionStatus: 401 | 403;
  /** Where refusals of known callers are written down; undefined where the store is another Flairgate. */
  readonly refusals?: RefusalLog | undefined;
  /** Where the gate keeps who is calling; undefined outside a gate. */
  readonly slot?: CallerSlot | undefined;
}

/** A refusal as it goes onto the wire. */
export interface WrittenDenial extends Pick<Answer, 'status'> {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

/** What every refusal that says no more than its row of the table looks like, so that a flood of them costs little. */
const plain: Readonly<Record<DenialOptions['missingPermissionStatus'], ReadonlyMap<DenialCode, WrittenDenial>>> = {
  401: writeAll({ missingPermissionStatus: 401 }),
  403: writeAll({ missingPermissionStatus: 403 }),
};

/** Writes a refusal out: status, headers with the length of the body, body. */
export function writtenDenial(denial: Denial, style: DenialOptions): WrittenDenial {
  const known = isPlain(denial) ? plain[style.missingPermissionStatus].get(denial.code) : undefined;
  return known ?? write(denial, style);
}

function writeAll(style: DenialOptions): ReadonlyMap<DenialCode, WrittenDenial> {
  const codes = Object.keys(denialTable).filter((code): code is DenialCode => code in denialTable);
  return new Map(codes.map((code) => [code, write(deny(code), style)]));
}

function write(denial: Denial, style: DenialOptions): WrittenDenial {
  const { status, headers, body } = respond(denial, style);
  const text = JSON.stringify(body);
  return { status, headers: [...Object.entries(headers), ['content-length', String(Buffer.byteLength(text))]], text };
}

function isPlain({ code, detail, members }: Denial): boolean {
  if (detail !== denialTable[code].detail) return false;
  for (const _ in members) return false;
  return true;
}
