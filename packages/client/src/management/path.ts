/**
 * Fills a path with ids and names, each as one segment.
 *
 * @throws TypeError for an empty segment and for `.` and `..`, which every URL parser takes out of the path.
 */
export function path(texts: TemplateStringsArray, ...segments: readonly string[]): string {
  return texts.map((text, index) => text + (index < segments.length ? segment(segments[index]) : '')).join('');
}

function segment(text: string | undefined): string {
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..') {
    throw new TypeError('an id or name that goes into the path must be a text, and neither empty nor dots');
  }
  return encodeURIComponent(text);
}
