/** Segment of a route path or mount path. */
export interface Segment {
  readonly kind: 'text' | 'parameter' | 'pattern' | 'unknown';
  readonly text: string;
  /** True if the router that matches this segment distinguishes upper and lower case. */
  readonly sensitive: boolean;
}

const TEXT = /^[\w.~@-]*$/;
const PARAMETER = /^:[A-Za-z_]\w*$/;

/** Parses a route path or mount path. A regular expression becomes one segment. */
export function readPath(path: unknown, sensitive: boolean): readonly Segment[] {
  if (path instanceof RegExp) return [{ kind: 'unknown', text: `(${path})`, sensitive }];
  if (typeof path !== 'string') return [{ kind: 'unknown', text: '(path)', sensitive }];
  const inner = path.replace(/^\//, '').replace(/\/$/, '');
  if (inner === '') return [];
  return inner.split('/').map((text) => ({ kind: segmentKind(text), text, sensitive }));
}

function segmentKind(text: string): Segment['kind'] {
  if (TEXT.test(text)) return 'text';
  return PARAMETER.test(text) ? 'parameter' : 'pattern';
}

/** Returns the path as text, with unknown segments in parentheses. */
export function toPathText(segments: readonly Segment[]): string {
  return `/${segments.map(({ text }) => text).join('/')}`;
}

/**
 * True if middleware mounted at `mount` runs for every request that `path` matches. The function compares the text of
 * the paths, and returns false if in doubt.
 */
export function covers(mount: readonly Segment[], path: readonly Segment[]): boolean {
  return mount.every((segment, index) => coversSegment(segment, path[index]));
}

function coversSegment(mount: Segment, segment: Segment | undefined): boolean {
  if (segment === undefined) return false;
  if (mount === segment) return true;
  if (mount.kind === 'unknown' || segment.kind === 'unknown') return false;
  if (mount.kind === 'parameter') return segment.kind === 'text' || segment.kind === 'parameter';
  if (mount.kind !== segment.kind || (mount.sensitive && !segment.sensitive)) return false;
  return mount.sensitive ? mount.text === segment.text : mount.text.toLowerCase() === segment.text.toLowerCase();
}
