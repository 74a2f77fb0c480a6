import { type DenialCode, denialTable, deny, respond } from '@flairgate/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serializeDenial } from '../../src/denial/serialize-denial.js';

const codes = Object.keys(denialTable).filter((code): code is DenialCode => code in denialTable);
const anyDenial = fc
  .record({
    code: fc.constantFrom(...codes),
    detail: fc.constantFrom(undefined, 'one text', 'another text'),
    members: fc.constantFrom({}, { retryAfter: 7 }, { missing: ['dr.list'] }),
  })
  .map(({ code, detail, members }) => deny(code, detail === undefined ? { members } : { detail, members }));
const anyStyle = fc.record({ missingPermissionStatus: fc.constantFrom(401 as const, 403 as const) });
const resource = { metadataUrl: 'https://api.example/meta', scope: ['dr.list'], hasToken: true };
const anyResource = fc.constantFrom(undefined, resource);

describe('serializeDenial', () => {
  it('a refusal is sent as the table says, whatever was refused before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyDenial, anyStyle, anyResource), { maxLength: 60 }), (refusals) => {
        for (const [denial, style, resource] of refusals) {
          const sent = serializeDenial(denial, { ...style, resource });
          const { status, headers, body } = respond(denial, { ...style, resource });
          const length = String(Buffer.byteLength(sent.text));
          expect(JSON.parse(sent.text)).toEqual(body);
          expect(sent.status).toBe(status);
          expect(Object.fromEntries(sent.headers)).toEqual({ ...headers, 'content-length': length });
        }
      }),
    );
  });
});
