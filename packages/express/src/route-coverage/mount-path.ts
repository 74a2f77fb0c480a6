/** One part of a path, as Express was told it. */
export interface Segment {
  readonly kind: 'text' | 'parameter' | 'pattern' | 'unknown';
  readonly text: string;
  /** Whether the router it stands in tells letter case apart. */
  readonly sensitive: boolean;
}

const TEXT = /^[\w.~@-]*$/;
const PARAMETER = /^:[A-Za-z_]\w*$/;

/** Reads a path that Express was told. A regular expression is one part, whatever it matches. */
export function readPath(path: unknown, sensitive: boolean): readonly Segment[] {
  if (path instanceof RegExp) return [{ kind: 'unknown', text: `(${path})`, sensitive }];
  if (typeof path !== 'string') return [{ kind: 'unknown', text: '(path)', sensitive }];
  const inner = path.replace(/^\//, '').replace(/\/$/, '');
  if (inner === '') return [];
  return inner.split('/').map((text) => ({ kind: kindOf(text), text, sensitive }));
}

function kindOf(text: string): Segment['kind'] {
  if (TEXT.test(text)) return 'text';
  return PARAMETER.test(text) ? 'parameter' : 'pattern';
}

/** Prints the path; the part that is not known in parentheses. */
export function toPathText(segments: readonly Segment[]): string {
  return `/${segments.map(({ text }) => text).join('/')}`;
}

/**
 * Tells whether middleware mounted at `mount` runs for every request that `path` matches. In doubt it does not: the
 * comparison is by what was written.
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
