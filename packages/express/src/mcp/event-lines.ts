/** Matches the end of an event in a stream of server-sent events. */
const EVENT_END = /\r\n\r\n|\n\n|\r\r/;
const LINE_END = /\r\n|\n|\r/;

/** Maximum number of characters of an incomplete event, which is held back until its end arrives. */
const MAX_EVENT_CHARACTERS = 4_194_304;

/** Changes the data of server-sent events in a stream that arrives in pieces. */
export interface EventChanger {
  /**
   * Adds a piece of the stream. Returns the events that are now complete, with their data changed.
   *
   * @throws Error for an event that is too large.
   */
  add(text: string): string;
  /** Returns the incomplete event at the end of the stream. The event is sent unchanged, because clients ignore it. */
  end(): string;
}

/**
 * Creates an object that changes the data of server-sent events. An event keeps its exact bytes if `change` returns its
 * data unchanged.
 *
 * @see WHATWG HTML, "Server-sent events"
 */
export function changeEvents(change: (data: string) => string): EventChanger {
  let rest = '';
  return {
    add(text) {
      rest += text;
      let done = '';
      for (let end = EVENT_END.exec(rest); end !== null; end = EVENT_END.exec(rest)) {
        const after = end.index + end[0].length;
        done += changeEvent(rest.slice(0, end.index), change) + end[0];
        rest = rest.slice(after);
      }
      if (rest.length > MAX_EVENT_CHARACTERS) throw new Error('an event of the answer is too large');
      return done;
    },
    end: () => rest,
  };
}

function changeEvent(event: string, change: (data: string) => string): string {
  const lines = event.split(LINE_END);
  const data = lines.filter(isData).map((line) => line.replace(/^data:? ?/, ''));
  if (data.length === 0) return event;
  const text = data.join('\n');
  const changed = change(text);
  if (changed === text) return event;
  const others = lines.filter((line) => !isData(line));
  return [...others, ...changed.split('\n').map((line) => `data: ${line}`)].join('\n');
}

function isData(line: string): boolean {
  return line === 'data' || line.startsWith('data:');
}
