import { join } from 'node:path';
import { openAdministration } from '@flairgate/express';
import { sqliteStore } from '@flairgate/stores/sqlite';
import {
  type AuthProvider,
  Client,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
  type OAuthProtectedResourceMetadata,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProgramFolder, programFolder, type RunningProgram } from '../running-program.ts';
import { freePort } from './free-port.ts';

/** A client of MCP that exchanges its key for a token of the server it was sent to. */
interface KeyedClient {
  readonly client: Client;
  /** Facts that the client found out when the server refused its first request. */
  readonly found: { scope?: string | undefined; metadata?: OAuthProtectedResourceMetadata; claims?: { aud: string } };
}

describe('examples/mcp and the client of the MCP SDK', () => {
  let folder: ProgramFolder<RunningProgram>;
  let url: string;
  let store: Awaited<ReturnType<typeof sqliteStore>>;
  let organization: string;
  const opened: Client[] = [];

  beforeAll(async () => {
    url = `http://127.0.0.1:${await freePort()}`;
    folder = await programFolder({ example: 'mcp', env: {}, ready: /MCP server: .*\n/ }, () => ({}));
    const file = join(folder.path, 'rules.db');
    await folder.start({}, [url, file]);
    store = await sqliteStore({ file });
    organization = (await keys().createOrganization({ name: 'acme' })).oid;
  });
  afterAll(async () => {
    for (const client of opened) await client.close().catch(() => undefined);
    await store.close();
    await folder.remove();
  });

  const keys = () => openAdministration(store).asOperator('test');
  const newKey = (name: string, ...permissions: string[]) => keys().create({ organization, name, permissions });

  async function connect(secret: string, mode: 'auto' | 'legacy' = 'auto'): Promise<KeyedClient> {
    const found: KeyedClient['found'] = {};
    let token: string | undefined;
    const authProvider: AuthProvider = {
      token: async () => token,
      async onUnauthorized({ response, serverUrl, fetchFn }) {
        const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(response);
        found.scope = scope;
        const where = resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl };
        found.metadata = await discoverOAuthProtectedResourceMetadata(serverUrl, where, fetchFn);
        const { resource, authorization_servers: [server] = [] } = found.metadata;
        const body = new URLSearchParams({ oid: organization, secret, resource });
        const exchanged = await fetchFn(`${server}/jwt`, { method: 'POST', body });
        token = ((await exchanged.json()) as { jwt: string }).jwt;
        found.claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
      },
    };
    const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
    opened.push(client);
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider }));
    return { client, found };
  }

  const namesOf = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name).sort();

  it('the client finds the metadata and the issuer by the challenge, and gets a token for this server alone', async () => {
    const { text } = await newKey('discovers', 'dr.list');
    const { found } = await connect(text);
    expect(found.metadata).toEqual({
      resource: `${url}/mcp`,
      authorization_servers: [url],
      scopes_supported: ['dr.list'],
      bearer_methods_supported: ['header'],
    });
    expect(found.claims?.aud).toBe(`${url}/mcp`);
  });

  it.each(['auto', 'legacy'] as const)('the client in mode %s is shown the tools that its key allows', async (mode) => {
    const reader = await newKey(`reader ${mode}`, 'dr.list');
    const writer = await newKey(`writer ${mode}`, 'dr.list', 'dr.set');
    expect(await namesOf((await connect(reader.text, mode)).client)).toEqual(['list-rules']);
    expect(await namesOf((await connect(writer.text, mode)).client)).toEqual(['add-rule', 'list-rules']);
  });

  it('a tool that is not allowed is refused as 403, and does nothing', async () => {
    const { text } = await newKey('curious', 'dr.list');
    const { client } = await connect(text);
    const refused = await client
      .callTool({ name: 'add-rule', arguments: { id: 'r1', data: 'x' } })
      .catch((error: Error) => error);
    expect(String(refused)).toMatch(/dr\.set/);
    const listed = await client.callTool({ name: 'list-rules', arguments: {} });
    expect(JSON.stringify(listed.content)).not.toContain('r1');
  });

  it('flairs decide inside of tools', async () => {
    const { text: secret } = await newKey('vault[secret]', 'dr.list', 'dr.set');
    const { text: segment } = await newKey('vendor[segment]', 'dr.list');
    const { text: plain } = await newKey('plain', 'dr.list');
    const { client } = await connect(secret);
    await client.callTool({ name: 'add-rule', arguments: { id: 'hidden', data: 'treasure' } });
    const listFor = async (text: string) =>
      JSON.stringify((await (await connect(text)).client.callTool({ name: 'list-rules', arguments: {} })).content);
    expect(await listFor(secret)).toContain('treasure');
    expect(await listFor(plain)).toContain('hidden');
    expect(await listFor(plain)).not.toContain('treasure');
    expect(await listFor(segment)).not.toContain('hidden');
  });

  it('a key that is revoked by another process ends the open stream of its token', async () => {
    const key = await newKey('listens', 'dr.list');
    const { client } = await connect(key.text);
    const subscription = await client.listen({ toolsListChanged: true });
    await keys().revoke({ organization, keyId: key.keyId });
    expect(await subscription.closed).toBe('remote');
    const again = await client.callTool({ name: 'list-rules', arguments: {} }).catch((error: Error) => error);
    expect(again).toBeInstanceOf(Error);
  });

  it('a key works as bearer token, for clients that can send nothing else', async () => {
    const { text } = await newKey('pasted', 'dr.list');
    const client = new Client({ name: 'test', version: '1.0.0' });
    opened.push(client);
    const requestInit = { headers: { Authorization: `Bearer ${text}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    expect(await namesOf(client)).toEqual(['list-rules']);
  });
});
