import { type Denial, type DenialCode, denialTable, deny, respond } from '@flairgate/core';
import { sendDenial } from '@flairgate/express';
import express from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { afterAll, expect, it } from 'vitest';

const codes = Object.keys(denialTable).filter((code): code is DenialCode => code in denialTable);
const anyDenial = fc
  .record({
    code: fc.constantFrom(...codes),
    detail: fc.constantFrom(undefined, 'one text', 'another text'),
    members: fc.constantFrom({}, { retryAfter: 7 }, { missing: ['dr.list'] }),
  })
  .map(({ code, detail, members }) => deny(code, detail === undefined ? { members } : { detail, members }));
const anyStyle = fc.constantFrom({ missingPermissionStatus: 401 } as const, { missingPermissionStatus: 403 } as const);

let next: { readonly denial: Denial; readonly style: { readonly missingPermissionStatus: 401 | 403 } } | undefined;
const app = express();
app.use((req, res) => {
  if (next !== undefined) sendDenial(req, res, next.denial, next.style);
});
const server = app.listen(0, '127.0.0.1');
afterAll(() => server.close());

it('a refusal is sent as the table says, whatever was refused before', async () => {
  const agent = request(server);
  const seen = new Set<string>();
  const refusals = fc.array(fc.tuple(anyDenial, anyStyle), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(refusals, async (list) => {
      for (const [denial, style] of list) {
        next = { denial, style };
        const { status, headers, body } = respond(denial, style);
        const answer = await agent.get('/');
        seen.add(denial.code);
        expect(answer.status).toBe(status);
        expect(answer.body).toEqual(body);
        expect(answer.headers).toMatchObject({ ...headers, 'content-length': String(Buffer.byteLength(answer.text)) });
      }
    }),
    { numRuns: 10 },
  );
  expect(seen.size).toBeGreaterThan(codes.length / 2);
});
