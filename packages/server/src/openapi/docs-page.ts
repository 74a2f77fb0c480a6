import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  background: light-dark(#fff, #101516); color: light-dark(#1c2430, #e7eded); overflow-wrap: anywhere; }
a { color: light-dark(#0b5f58, #5eead4); }
details { border: 1px solid light-dark(#c9d1dc, #3a474a); border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5rem; } code { font-size: .95em; }
label { display: block; margin: .4rem 0; } input, button { font: inherit; padding: .25rem .5rem; }
input { width: 100%; box-sizing: border-box; } pre { background: light-dark(#f3f5f8, #182022); padding: .6rem; overflow: auto; }
`;

const SCRIPT = `
const key = document.getElementById('key');
const list = document.getElementById('list');
const make = (tag, text) => Object.assign(document.createElement(tag), text === undefined ? {} : { textContent: text });

function field(form, name, required, note) {
  const label = make('label', name + (required ? ' *' : '') + (note ? ': ' + note : ''));
  const input = make('input');
  if (/^secret$|_secret$/.test(name)) input.type = 'password';
  input.name = name; input.required = required; input.autocomplete = 'off';
  label.append(input); form.append(label);
}

function fieldsOf(operation) {
  const form = operation.requestBody?.content['application/x-www-form-urlencoded'].schema;
  const body = Object.entries(form?.properties ?? {}).map(([name, schema]) =>
    ({ name, in: 'body', required: (form.required ?? []).includes(name), schema }));
  return [...(operation.parameters ?? []), ...body];
}

async function send(method, path, fields, values) {
  const given = key.value.trim();
  const isToken = given.split('.').length === 3;
  const headers = given === '' ? {} : isToken ? { Authorization: 'Bearer ' + given } : { 'x-api-key': given };
  const query = new URLSearchParams(), json = {};
  for (const one of fields) {
    const value = values.get(one.name);
    if (value === '' || value === null) continue;
    if (one.in === 'path') path = path.replace('{' + one.name + '}', encodeURIComponent(value));
    else if (one.in === 'query') query.append(one.name, value);
    else if (one.in === 'header') headers[one.name] = value;
    else json[one.name] = one.schema.type === 'object' ? JSON.parse(value) : value;
  }
  const body = Object.keys(json).length === 0 ? undefined : JSON.stringify(json);
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  // Relative, so that it stays below the path at which a proxy serves this page.
  const answer = await fetch('.' + path + (query.size === 0 ? '' : '?' + query), { method, headers, body, credentials: 'omit' });
  const text = await answer.text();
  let shown = text;
  try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* Not JSON: shown as it is. */ }
  return answer.status + ' ' + answer.statusText + '\\n' + shown;
}

function show(method, path, operation) {
  const box = make('details'), head = make('summary'), form = make('form'), out = make('pre');
  head.append(make('b', method), make('code', path), ' ' + operation.summary);
  const fields = fieldsOf(operation);
  for (const one of fields) field(form, one.name, one.required === true, one.schema?.description ?? one.description);
  form.append(make('button', 'Send'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try { out.textContent = await send(method, path, fields, new FormData(form)); }
    catch (error) { out.textContent = String(error); }
  });
  box.append(head, form, out);
  list.append(box);
}

const description = await (await fetch('openapi.json')).json();
for (const [path, methods] of Object.entries(description.paths))
  for (const [method, operation] of Object.entries(methods)) show(method.toUpperCase(), path, operation);
`;

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flairgate: try the interface</title>
<style>${STYLE}</style>
<main>
<h1>Flairgate</h1>
<p>Every route of <a href="openapi.json">openapi.json</a>. Requests go to this server with the key below, which is not stored.</p>
<label>API key or token <input id="key" type="password" autocomplete="off"></label>
<div id="list"></div>
</main>
<script type="module">${SCRIPT}</script>
</html>
`;

/** Content-Security-Policy of the page. Allows only the page's own script, and connections only to this server. */
const POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves a page on which every route can be tried. The page contains no data and reads `openapi.json`. */
export const docsPage: RequestHandler = function docsPage(_req, res) {
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.setHeader('Content-Security-Policy', POLICY);
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Cache-Control', 'no-cache');
  res.end(DOCS_PAGE);
};

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
