import { defineConfig } from 'vitepress';

const page = (text: string, link: string) => ({ text, link });

export default defineConfig({
  title: 'Flairgate',
  description: 'Authorization middleware for Express',
  base: '/flairgate/',
  srcDir: '.pages',
  outDir: 'dist',
  cleanUrls: true,
  lastUpdated: false,
  // Addresses of a service on the reader's own machine are no pages.
  ignoreDeadLinks: [/^https?:\/\/(?:localhost|127\.0\.0\.1)/],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [page('Documents', '/guides/which-package'), page('Codes', '/refusals'), page('API', '/api/')],
    socialLinks: [{ icon: 'github', link: 'https://github.com/flairgate/flairgate' }],
    sidebar: [
      {
        text: 'Doing it',
        items: [
          page('Getting started', '/'),
          page('Which package do I need?', '/guides/which-package'),
          page('Adding it to an app', '/existing-app'),
          page('Your own permissions', '/permissions'),
          page('Making keys in your program', '/guides/making-keys'),
          page('Testing your app', '/guides/testing'),
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
          page('Behind nginx', '/deploy/nginx'),
          page('An image', '/deploy/image'),
          page('On Kubernetes', '/deploy/kubernetes'),
          page('Revocation', '/revocation'),
          page('Scale', '/scale'),
          page('Benchmarks', '/benchmarks'),
        ],
      },
      {
        text: 'Deciding',
        items: [
          page('Comparison', '/comparison'),
          page('Support and upgrades', '/support'),
          page('Security', '/SECURITY'),
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
          page('API reference', '/api/'),
        ],
      },
    ],
  },
});
