import { parseAst } from 'vitest/node';
import { type Replacement, replacementsOf } from './operators.js';
import { childrenOf, nodeAt, nodesAt, type SyntaxNode, textAt } from './syntax.js';

/** One change of one file. */
export interface Mutant {
  readonly id: number;
  readonly file: string;
  /** The function that is changed, and the change; names the mutant in lists, whatever its line. */
  readonly name: string;
}

/** A file with all of its mutants in it. Each is chosen while the program runs. */
export interface MutatedFile {
  readonly mutants: readonly Mutant[];
  readonly text: string;
}

/** Mutants are numbered from here. */
export interface MutateOptions {
  readonly file: string;
  readonly text: string;
  readonly firstId: number;
  /** Makes mutants of what runs when the file is loaded, too: constants and tables. */
  readonly tables: boolean;
}

interface Found extends Replacement {
  readonly id: number;
}

interface Place {
  readonly parent: SyntaxNode | undefined;
  readonly member: string;
  readonly owner: string;
  /** False for what runs when the file is loaded. */
  readonly isCalled: boolean;
}

/** Makes the mutants of a compiled file, all in one text: `$mutant(n)` is true for the one that is chosen. */
export function mutate({ file, text, firstId, tables }: MutateOptions): MutatedFile {
  const program = parseAst(text) as unknown as SyntaxNode;
  const found = new Map<SyntaxNode, Found[]>();
  const mutants: Mutant[] = [];
  const names = new Map<string, number>();
  const visit = (node: SyntaxNode, place: Place): void => {
    const { owner } = place;
    const isCalled = place.isCalled || /Function/.test(node.type);
    for (const replacement of isCalled || tables ? replacementsOf(node, { text, ...place }) : []) {
      const id = firstId + mutants.length;
      found.set(replacement.node, [...(found.get(replacement.node) ?? []), { ...replacement, id }]);
      mutants.push({ id, file, name: numbered(names, `${owner}: ${changeOf(replacement, text)}`) });
    }
    for (const { member, child } of childrenOf(node)) {
      if (isDecided(node, member, child))
        visit(child, { parent: node, member, owner: ownerOf(child, owner) ?? owner, isCalled });
    }
  };
  visit(program, { parent: undefined, member: '', owner: 'module', isCalled: false });
  return { mutants, text: `const $mutant = globalThis.$flairgateMutant;\n${render(program, text, found)}` };
}

/** Leaves out names, and the words of errors and refusals, which decide nothing. */
function isDecided(node: SyntaxNode, member: string, child: SyntaxNode): boolean {
  if (member === 'key') return node.computed === true;
  if (node.type === 'ThrowStatement') return false;
  if (node.type === 'NewExpression' && member === 'arguments') return !textAt(calleeOf(node), 'name').endsWith('Error');
  if (node.type === 'CallExpression' && member === 'arguments') return !isRefusalWord(node, child);
  return !['ImportDeclaration', 'ExportAllDeclaration', 'TaggedTemplateExpression'].includes(child.type);
}

/** The code of a refusal decides, what is said besides does not. */
function isRefusalWord(call: SyntaxNode, argument: SyntaxNode): boolean {
  const name = textAt(calleeOf(call), 'name');
  return name === 'deny' ? argument.start > (nodesAt(call, 'arguments')[0]?.start ?? 0) : /^deny[A-Z]/.test(name);
}

function calleeOf(node: SyntaxNode): SyntaxNode {
  return nodeAt(node, 'callee') ?? node;
}

/** The name of a function or method that a node begins, or of a constant of the file. */
function ownerOf(node: SyntaxNode, owner: string): string | undefined {
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') return nameOf(node, 'id');
  if (node.type === 'VariableDeclarator' && (owner === 'module' || isFunction(node))) return nameOf(node, 'id');
  if (node.type === 'MethodDefinition' || (node.type === 'Property' && node.method === true))
    return nameOf(node, 'key');
  return undefined;
}

function nameOf(node: SyntaxNode, member: string): string | undefined {
  return textAt(nodeAt(node, member) ?? node, 'name') || undefined;
}

function isFunction(declarator: SyntaxNode): boolean {
  return nodeAt(declarator, 'init')?.type.endsWith('FunctionExpression') === true;
}

const LONGEST = 90;

function changeOf({ node, by, removed }: Replacement, text: string): string {
  const before = shortened(text.slice(node.start, node.end));
  return removed ? `${before} removed` : `${before} → ${shortened(by)}`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 30)} … ${line.slice(-25)}`;
}

function numbered(names: Map<string, number>, name: string): string {
  const count = (names.get(name) ?? 0) + 1;
  names.set(name, count);
  return count === 1 ? name : `${name} (${count})`;
}

/** Prints a node with the mutants in it, at its own place in the text. */
function render(node: SyntaxNode, text: string, found: ReadonlyMap<SyntaxNode, readonly Found[]>): string {
  let printed = '';
  let from = node.start;
  for (const { child } of childrenOf(node)) {
    // A shorthand property has the same node twice.
    if (child.start < from) continue;
    printed += text.slice(from, child.start) + render(child, text, found);
    from = child.end;
  }
  printed += text.slice(from, node.end);
  const own = found.get(node) ?? [];
  const left = own.filter(({ removed }) => removed === true);
  if (left.length > 0) return `{ if (!(${left.map(({ id }) => `$mutant(${id})`).join(' || ')})) ${printed} }`;
  return own.length === 0
    ? printed
    : `(${own.map(({ id, by }) => `$mutant(${id}) ? (${by}) : `).join('')}(${printed}))`;
}
