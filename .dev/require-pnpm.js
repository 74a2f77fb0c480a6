// Says what to type where another package manager than pnpm installs or runs a script in this repository.

// @ts-check
const agent = process.env.npm_config_user_agent ?? '';

if (process.env.npm_lifecycle_event !== undefined && /^(?:npm|yarn|bun)\//.test(agent)) {
  process.stderr.write(
    [
      'This repository is installed and built by pnpm. Type:',
      '',
      '  npx --yes pnpm@12 start    # installs, builds and runs the demo',
      '  npx --yes pnpm@12 test     # installs, builds and runs the tests',
      '',
    ].join('\n'),
  );
  process.exit(1);
}
