/** An object in parsed JSON. */
export type RpcObject = Readonly<Record<string, unknown>>;

/** Maximum number of messages in one batch. */
const MAX_BATCH = 1000;

/**
 * Returns the JSON-RPC messages in a parsed body, which is a single message or a batch. Returns undefined for any other
 * body.
 *
 * @see JSON-RPC 2.0, sections 4 and 6
 */
export function readMessages(body: unknown): readonly RpcObject[] | undefined {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (messages.length === 0 || messages.length > MAX_BATCH) return undefined;
  return messages.every(isRpcObject) ? messages : undefined;
}

/** True for a JSON object. False for an array, and for a body that is still raw bytes because it was not parsed. */
export function isRpcObject(value: unknown): value is RpcObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Returns the names of the tools that the messages call. Returns undefined if a call does not name its tool. */
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
 * Returns a message without the tools that the caller must not see. If the message contains no list of tools, returns
 * the same object.
 *
 * Every result with a list `tools` is treated as a response to `tools/list`, because an event stream may repeat the
 * response to an earlier request.
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
