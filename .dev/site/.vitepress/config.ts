import { defineConfig } from 'vitepress';
import { labelCells } from './label-cells.js';

const page = (text: string, link: string) => ({ text, link });

/** Makes the anchor of a heading as GitHub does, because the documents are read there too. */
function slugify(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

export default defineConfig({
  title: 'Flairgate',
  description: 'Authorization middleware for Express',
  base: '/flairgate/',
  srcDir: '.pages',
  outDir: 'dist',
  cleanUrls: true,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: '/flairgate/icon.svg' }]],
  markdown: { anchor: { slugify }, config: (md) => md.use(labelCells) },
  // Addresses of a service on the reader's own machine are no pages.
  ignoreDeadLinks: [/^https?:\/\/(?:localhost|127\.0\.0\.1)/],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [page('Documents', '/guides/getting-started'), page('Codes', '/refusals'), page('API', '/api/')],
    socialLinks: [{ icon: 'github', link: 'https://github.com/flairgate/flairgate' }],
    sidebar: [
      {
        text: 'Doing it',
        items: [
          page('Overview', '/'),
          page('Getting started', '/guides/getting-started'),
          page('Concepts', '/concepts'),
          page('Which package do I need?', '/guides/which-package'),
          page('Adding it to an app', '/existing-app'),
          page('Your own permissions', '/permissions'),
          page('Making keys in your program', '/guides/making-keys'),
          page('Testing your app', '/guides/testing'),
          page('Other frameworks', '/guides/other-frameworks'),
          page('Migrating', '/guides/migrating'),
          page('Troubleshooting', '/troubleshooting'),
        ],
      },
      {
        text: 'Using it',
        items: [
          page('Keys', '/keys'),
          page('Tokens', '/tokens'),
          page('Identity providers', '/identity-providers'),
          page('Resources in your tables', '/resources'),
          page('A guard in front of a router', '/guard'),
          page('Call limits', '/limits'),
          page('Refusals', '/refusals'),
          page('MCP servers', '/mcp'),
          page('Services without a database', '/services'),
        ],
      },
      {
        text: 'Running it',
        items: [
          page('Configuration', '/configuration'),
          page('Operations', '/operations'),
          page('The console', '/console'),
          page('Signing in', '/sign-in'),
          page('Behind nginx', '/deploy/nginx'),
          page('An image', '/deploy/image'),
          page('On Kubernetes', '/deploy/kubernetes'),
          page('With systemd', '/deploy/systemd'),
          page('Revocation', '/revocation'),
          page('Scale', '/scale'),
          page('Benchmarks', '/benchmarks'),
        ],
      },
      {
        text: 'Examples',
        items: [
          page('Existing app', '/examples/existing-app'),
          page('Three services', '/examples/microservices'),
          page('Drizzle on PostgreSQL', '/examples/drizzle-postgres'),
          page('NestJS', '/examples/nest'),
          page('AWS Lambda', '/examples/lambda'),
          page('MCP server', '/examples/mcp'),
          page('Lime', '/examples/lime-style'),
          page('LimaCharlie', '/examples/limacharlie'),
        ],
      },
      {
        text: 'Packages',
        items: [
          page('flairgate', '/packages/cli'),
          page('@flairgate/express', '/packages/express'),
          page('@flairgate/server', '/packages/server'),
          page('@flairgate/stores', '/packages/stores'),
          page('@flairgate/client', '/packages/client'),
          page('@flairgate/core', '/packages/core'),
          page('@flairgate/console', '/packages/console'),
        ],
      },
      {
        text: 'Deciding',
        items: [
          page('Comparison', '/comparison'),
          page('Support and upgrades', '/support'),
          page('Security', '/security-policy'),
          page('Threat model', '/threat-model'),
          page('Dependencies', '/dependencies'),
        ],
      },
      {
        text: 'Understanding it',
        items: [
          page('Glossary', '/glossary'),
          page('Architecture', '/architecture'),
          page('Names of core', '/core-names'),
          page('Mutation tests', '/mutation'),
          page('API reference', '/api/'),
        ],
      },
    ],
  },
});
