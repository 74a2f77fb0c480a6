import { once } from 'node:events';
import { createServer } from 'node:http';
import { memoryStore } from '@flairgate/core';
import { createGate, type Gate, oidcIssuer } from '@flairgate/express';
import { Client, ClientCredentialsProvider, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';

const OID = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** Scopes that the provider gives to each of its clients. */
const CLIENTS: Readonly<Record<string, string>> = { reader: 'dr.list', editor: 'dr.list dr.set' };

describe('an MCP server whose tokens come from an OpenID provider', () => {
  let gate: Gate;
  let mcp: string;
  let issuer: string;
  const stops: (() => void)[] = [];

  beforeAll(async () => {
    mcp = `http://127.0.0.1:${await freePort()}/mcp`;
    issuer = await startProvider(mcp);
    const provider = oidcIssuer({
      issuer,
      audience: 'nobody',
      rights: [{ claim: 'scope', map: { 'dr.list': 'dr.list', 'dr.set': 'dr.set' } }, { organizations: [OID] }],
      accepts: { permissions: ['dr.list', 'dr.set'], flairs: [], organizations: [OID] },
    });
    gate = createGate({
      store: await memoryStore(),
      property: 'caller',
      tokens: {
        issuer: 'https://auth.example',
        audience: 'flairgate',
        issuers: [provider],
      },
    });
    const { metadata, challenge } = gate.protectedResource({
      resource: mcp,
      authorizationServers: [issuer],
      scopes: ['dr.list'],
    });
    const app = express();
    app.use(metadata, challenge, gate.authenticate(), express.json());
    app.post('/mcp', gate.requireToolPermissions({ 'list-rules': 'dr.list', 'add-rule': 'dr.set' }), (req, res) => {
      const asked = Object.assign(req, { auth: gate.mcpAuthInfo(req) });
      return toNodeHandler(createMcpHandler(() => rulesServer(gate.authOf(req).ident)))(asked, res, req.body);
    });
    app.use(gate.errorHandler());
    const server = app.listen(Number(new URL(mcp).port), '127.0.0.1');
    await once(server, 'listening');
    stops.push(
      () => server.close(),
      () => server.closeAllConnections(),
    );
  });
  afterAll(async () => {
    for (const stop of stops) stop();
    await gate.close();
  });

  /** Starts the provider. It gives its clients tokens for the server alone. */
  async function startProvider(resource: string): Promise<string> {
    const address = `http://127.0.0.1:${await freePort()}`;
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'first' };
    const provider = new Provider(address, {
      clients: Object.keys(CLIENTS).map((name) => ({
        client_id: name,
        id_token_signed_response_alg: 'ES256',
        client_secret: `${name}-password`,
        scope: CLIENTS[name] ?? '',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_basic' as const,
      })),
      jwks: { keys: [jwk] },
      scopes: ['dr.list', 'dr.set'],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, indicator) => {
            if (indicator !== resource) throw new Error('no such resource');
            return {
              scope: 'dr.list dr.set',
              audience: resource,
              accessTokenFormat: 'jwt',
              jwt: { sign: { alg: 'ES256' } },
            };
          },
        },
      },
    });
    const server = createServer(provider.callback()).listen(Number(new URL(address).port), '127.0.0.1');
    await once(server, 'listening');
    stops.push(
      () => server.close(),
      () => server.closeAllConnections(),
    );
    return address;
  }

  function rulesServer(caller: string): McpServer {
    const server = new McpServer({ name: 'rules', version: '1.0.0' });
    const answer = () => ({ content: [{ type: 'text' as const, text: caller }] });
    server.registerTool('list-rules', {}, answer);
    server.registerTool('add-rule', {}, answer);
    return server;
  }

  async function connect(clientId: string, scope: string): Promise<Client> {
    const authProvider = new ClientCredentialsProvider({ clientId, clientSecret: `${clientId}-password`, scope });
    const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(mcp), { authProvider }));
    stops.push(() => void client.close().catch(() => undefined));
    return client;
  }

  it('a client that asked for too little gets a token with the scope of the challenge, and goes on', async () => {
    const client = await connect('editor', 'dr.list');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['list-rules']);
    const { content } = await client.callTool({ name: 'add-rule', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: `editor@${issuer}` }]);
  });

  it('an MCP server whose tokens come from an OpenID provider hides and refuses a tool that the token does not allow', async () => {
    const client = await connect('reader', 'dr.list');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['list-rules']);
    const refused = await client.callTool({ name: 'add-rule', arguments: {} }).catch((error: Error) => error);
    expect(refused).toBeInstanceOf(Error);
  });
});
