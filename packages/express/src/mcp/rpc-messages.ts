/** Value of parsed JSON that is an object. */
export type RpcObject = Readonly<Record<string, unknown>>;

/** Most messages in one batch. */
const MAX_BATCH = 1000;

/**
 * Returns the JSON-RPC messages of a parsed body: one, or those of a batch. Undefined for anything else.
 *
 * @see JSON-RPC 2.0, sections 4 and 6
 */
export function readMessages(body: unknown): readonly RpcObject[] | undefined {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (messages.length === 0 || messages.length > MAX_BATCH) return undefined;
  return messages.every(isRpcObject) ? messages : undefined;
}

/** True for an object of parsed JSON. A body that no JSON parser read is none. */
export function isRpcObject(value: unknown): value is RpcObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Returns the tools that messages call. Undefined if a call does not name its tool. */
export function calledTools(messages: readonly RpcObject[]): readonly string[] | undefined {
  const tools: string[] = [];
  for (const { method, params } of messages) {
    if (method !== 'tools/call') continue;
    if (!isRpcObject(params) || typeof params.name !== 'string') return undefined;
    tools.push(params.name);
  }
  return tools;
}

/**
 * Returns a message without the tools that the caller must not see; the same object if there are none in it.
 *
 * Every result with a list `tools` counts as an answer to `tools/list`, also in a stream that repeats older messages.
 */
export function withoutTools(message: unknown, isShown: (tool: unknown) => boolean): unknown {
  if (Array.isArray(message)) {
    const kept = message.map((each) => withoutTools(each, isShown));
    return kept.every((each, at) => each === message[at]) ? message : kept;
  }
  if (!isRpcObject(message) || !isRpcObject(message.result) || !Array.isArray(message.result.tools)) return message;
  const tools = message.result.tools.filter((tool) => isShown(isRpcObject(tool) ? tool.name : undefined));
  return { ...message, result: { ...message.result, tools } };
}
