import { hash } from 'node:crypto';
import type { RedisReply, SendCommandFn } from 'rate-limit-redis';
import type { RedisCommands } from './driver.js';

/**
 * Creates the function that sends the commands of the library rate-limit-redis. The function sends a script by its
 * SHA-1 hash. If the server does not know the hash, the function sends the full script.
 *
 * The function answers `SCRIPT LOAD` itself and never sends it. If it were sent and failed, the library would remember
 * the failure permanently. A process that started while Redis was down would then never use Redis.
 */
export function limitCommands({ sendCommand }: RedisCommands): SendCommandFn {
  const texts = new Map<string, string>();
  return async (...args) => {
    const [command, first = '', second = ''] = args;
    if (command === 'SCRIPT') {
      const sha = hash('sha1', second);
      texts.set(sha, second);
      return sha;
    }
    const text = command === 'EVALSHA' ? texts.get(first) : undefined;
    if (text === undefined) return replyOf(await sendCommand(args));
    try {
      return replyOf(await sendCommand(args));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return replyOf(await sendCommand(['EVAL', text, ...args.slice(2)]));
    }
  };
}

function replyOf(reply: unknown): RedisReply {
  if (isReply(reply)) return reply;
  throw new TypeError('Redis returned a reply that no command of a limit returns');
}

function isReply(reply: unknown): reply is RedisReply {
  if (Array.isArray(reply)) return reply.every((part) => isReply(part));
  return ['string', 'number', 'boolean'].includes(typeof reply);
}
