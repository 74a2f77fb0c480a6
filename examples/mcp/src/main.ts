import { createGate } from '@flairgate/express';
import { createService } from '@flairgate/server';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import cors from 'cors';
import express, { type Request } from 'express';
import { z } from 'zod';

const [url = 'http://127.0.0.1:8787', file = 'flairgate.db'] = process.argv.slice(2);
const resource = `${url}/mcp`;
const store = await sqliteStore({ file });
const service = await createService({ store, issuer: url, audience: 'flairgate', resources: [resource] });
const gate = createGate({ store, tokens: { issuer: url, audience: resource }, property: 'caller' });
const { metadata, challenge } = gate.protectedResource({ resource, authorizationServers: [url], scopes: ['dr.list'] });
const rules = gate.resources({ type: 'rule', content: ['data'] });
const table: object[] = [];

function mcpServer(req: Request): McpServer {
  const server = new McpServer({ name: 'rules', version: '1.0.0' });
  const answer = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] });
  server.registerTool('list-rules', {}, () => answer(rules.view(gate.authOf(req), table)));
  server.registerTool('add-rule', { inputSchema: z.object({ id: z.string(), data: z.string() }) }, (rule) => {
    table.push({ ...rule, ...rules.stamp(gate.authOf(req), 'create') });
    return answer(rule);
  });
  return server;
}
const app = express();
app.use(cors(), metadata, service.router);
app.use('/mcp', challenge, gate.authenticate({ bearerKeys: true }), express.json());
app.use('/mcp', gate.requireToolPermissions({ 'list-rules': 'dr.list', 'add-rule': 'dr.set' }), (req, res) => {
  const { signal } = gate.authOf(req);
  const end = () => res.destroy();
  signal.addEventListener('abort', end);
  res.once('close', () => signal.removeEventListener('abort', end));
  return toNodeHandler(createMcpHandler(() => mcpServer(req)))(req, res, req.body);
});
app.use(gate.errorHandler());
app.listen(Number(new URL(url).port), '127.0.0.1', () => console.log(`MCP server: ${resource}`));
