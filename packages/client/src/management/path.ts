/**
 * Builds a URL path from a template. Each id or name in the template becomes exactly one segment of the path.
 *
 * @throws TypeError for an empty id or name, and for `.` and `..`, which URL parsers remove.
 */
export function path(texts: TemplateStringsArray, ...segments: readonly string[]): string {
  return texts.map((text, index) => text + (index < segments.length ? segment(segments[index]) : '')).join('');
}

function segment(text: string | undefined): string {
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..') {
    throw new TypeError('an id or name in a path must be a non-empty string other than . and ..');
  }
  return encodeURIComponent(text);
}
