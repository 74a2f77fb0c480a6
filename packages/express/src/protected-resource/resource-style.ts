import { type Denial, denialTable, type ResourceChallenge } from '@flairgate/core';
import type { DenialOptions } from '../denial/serialize-denial.js';
import type { AnyRequest } from '../request/client-address.js';
import { requiredScope } from './required-scope.js';
import { resourceOf } from './resource-mark.js';

/** Format of the response to one refusal. */
export interface DenialStyle extends DenialOptions {
  readonly resource?: ResourceChallenge | undefined;
}

/**
 * Returns the response format for a refusal, based on the gate's format. If the request is for a protected resource,
 * the address of the resource's metadata is added.
 */
export function denialStyle(req: AnyRequest, denial: Denial, style: DenialOptions): DenialStyle {
  const mark = style.slot === undefined ? undefined : resourceOf(req, style.slot);
  if (mark === undefined) return style;
  const { metadataUrl } = mark;
  const isUnknown = denialTable[denial.code].stage === 'principal';
  const scope = isUnknown ? requiredScope(req, mark) : undefined;
  return { ...style, resource: { metadataUrl, scope, hasToken: BEARER.test(req.headers?.authorization ?? '') } };
}

const BEARER = /^bearer +\S/i;
