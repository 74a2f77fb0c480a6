/** A node of the syntax tree, as ESTree describes it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

/** Returns a member that is a node. */
export function nodeAt(node: SyntaxNode, member: string): SyntaxNode | undefined {
  const value = node[member];
  return isNode(value) ? value : undefined;
}

/** Returns the nodes of a member that is a list; holes of an array are left out. */
export function nodesAt(node: SyntaxNode, member: string): readonly SyntaxNode[] {
  const value = node[member];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Returns a member that is a text, or an empty one. */
export function textAt(node: SyntaxNode, member: string): string {
  const value = node[member];
  return typeof value === 'string' ? value : '';
}

/**
 * Lists the nodes right below a node, with the member that each is in, in the order of the text. Of a shorthand
 * property with a default, which begins where its name does, the longer comes first.
 */
export function childrenOf(node: SyntaxNode): readonly { readonly member: string; readonly child: SyntaxNode }[] {
  return Object.keys(node)
    .filter((member) => member !== 'parent')
    .flatMap((member) => {
      const value = node[member];
      return (Array.isArray(value) ? value : [value]).filter(isNode).map((child) => ({ member, child }));
    })
    .sort((a, b) => a.child.start - b.child.start || b.child.end - a.child.end);
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}
