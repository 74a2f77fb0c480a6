import { z } from 'zod';
import type { ServiceCommand } from '../command.js';
import { overview } from '../help/overview.js';

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port from 0 to 65535');

const serveInput = z.strictObject({
  host: z.string().min(1).optional(),
  port: port.optional(),
  metricsPort: port.optional(),
  database: z.string().optional(),
  config: z.string().optional(),
  pooler: z.boolean().optional(),
  keyFormat: z.enum(['fg', 'uuid'], 'must be fg or uuid').optional(),
  json: z.boolean().optional(),
});

export const serve: ServiceCommand = {
  kind: 'service',
  words: ['serve'],
  help: overview.serve,
  options: [
    { flags: '--port <port>', help: 'port (default: PORT, then 8787)' },
    { flags: '--key-format <format>', help: 'text of new keys, fg or uuid (default: FLAIRGATE_KEY_FORMAT, then fg)' },
    {
      flags: '--metrics-port <port>',
      help: 'port of /metrics alone, without a credential (default: FLAIRGATE_METRICS_PORT)',
    },
    { flags: '--pooler', help: 'the database is behind a pooler in transaction mode (default: FLAIRGATE_POOLER)' },
    { flags: '--host <host>', help: 'address to listen on (default: HOST, then 127.0.0.1)' },
  ],
  input: serveInput,
  async run(options, settings, io) {
    const parsed = serveInput.parse(options);
    // Loaded here, because only this command needs Express.
    const { runService } = await import('../serve/run-service.js');
    await runService(parsed, settings, io);
  },
};
