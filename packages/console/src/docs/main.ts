import 'swagger-ui-dist/swagger-ui.css';
import './docs.css';
import SwaggerUIBundle from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import { viewerPlugin } from './viewer-plugin.ts';

/**
 * URL of the service, which is one path level above the URL of this page. A proxy may therefore serve both at any path.
 */
const service = new URL('..', document.baseURI);

/**
 * Media query that matches if the system prefers a dark color scheme. It does not match if the system forces its own
 * colors, which replace every style.
 */
const isDark = window.matchMedia('(prefers-color-scheme: dark) and (forced-colors: none)');

function applyScheme(): void {
  document.documentElement.classList.toggle('dark-mode', isDark.matches);
}

async function showViewer(): Promise<void> {
  const answer = await fetch(new URL('openapi.json', service), { credentials: 'omit' });
  if (!answer.ok) throw new Error(`openapi.json: ${answer.status} ${answer.statusText}`);
  const described: object = await answer.json();
  SwaggerUIBundle({
    spec: { ...described, servers: [{ url: service.href.replace(/\/$/, '') }] },
    dom_id: '#viewer',
    deepLinking: false,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    filter: true,
    persistAuthorization: false,
    queryConfigEnabled: false,
    validatorUrl: null,
    requestInterceptor: (request) => Object.assign(request, { credentials: 'omit' }),
    plugins: [viewerPlugin],
  });
}

isDark.addEventListener('change', applyScheme);
applyScheme();
showViewer().catch((error: unknown) => {
  const said = document.createElement('p');
  said.setAttribute('role', 'alert');
  said.textContent = `The description of the service could not be read. ${String(error)}`;
  document.getElementById('viewer')?.replaceChildren(said);
});
