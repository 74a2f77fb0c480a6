import { nodeAt, nodesAt, type SyntaxNode, textAt } from './syntax.js';

/** A text that takes the place of a node. */
export interface Replacement {
  readonly node: SyntaxNode;
  readonly by: string;
  /** The node is a statement, which a mutant leaves out. */
  readonly removed?: true;
}

/** The text of a file, and what is around the node that an operator looks at. */
export interface Surroundings {
  readonly text: string;
  readonly parent: SyntaxNode | undefined;
  readonly member: string;
}

type Operator = (node: SyntaxNode, around: Surroundings) => readonly Replacement[];

const BINARY: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
};

const METHODS: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  toLowerCase: 'toUpperCase',
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  BinaryExpression: binary,
  LogicalExpression: logical,
  UnaryExpression: unary,
  IfStatement: condition,
  ConditionalExpression: condition,
  WhileStatement: loop,
  ForStatement: loop,
  ExpressionStatement: removed,
  ThrowStatement: removed,
  ReturnStatement: returned,
  ArrowFunctionExpression: returned,
  Literal: literal,
  TemplateLiteral: (node) => (nodesAt(node, 'quasis').length > 1 ? [{ node, by: '``' }] : []),
  ArrayExpression: (node, { text }) => withoutOne(node, nodesAt(node, 'elements'), text, '[', ']'),
  ObjectExpression: (node, { text }) => withoutOne(node, nodesAt(node, 'properties'), text, '{ ', ' }'),
  ChainExpression: chain,
  CallExpression: call,
  UpdateExpression: update,
  AssignmentExpression: assignment,
};

/** Lists the replacements of one node; the nodes below it are not looked at. */
export function replacementsOf(node: SyntaxNode, around: Surroundings): readonly Replacement[] {
  return OPERATORS[node.type]?.(node, around) ?? [];
}

const CONDITIONS = new Set(['IfStatement', 'ConditionalExpression']);

/** An equality that is a whole condition is not turned around: it is replaced by both truth values. */
function binary(node: SyntaxNode, { text, parent, member }: Surroundings): readonly Replacement[] {
  const [left, right] = [nodeAt(node, 'left'), nodeAt(node, 'right')];
  if (left === undefined || right === undefined) return [];
  const operator = textAt(node, 'operator');
  if (operator === 'in' || operator === 'instanceof') return [{ node, by: `!(${slice(text, node)})` }];
  if (operator === '+' && [left, right].some(isText)) return [];
  const isCondition = member === 'test' && CONDITIONS.has(parent?.type ?? '');
  if (isCondition && (operator === '===' || operator === '!==')) return [];
  return (BINARY[operator] ?? []).map((other) => ({ node, by: `${slice(text, left)} ${other} ${slice(text, right)}` }));
}

function logical(node: SyntaxNode, { text }: Surroundings): readonly Replacement[] {
  const [left, right] = [nodeAt(node, 'left'), nodeAt(node, 'right')];
  if (left === undefined || right === undefined) return [];
  const operator = textAt(node, 'operator');
  if (operator === '??') return [left, right].map((side) => ({ node, by: slice(text, side) }));
  const other = operator === '&&' ? '||' : '&&';
  return [{ node, by: `(${slice(text, left)}) ${other} (${slice(text, right)})` }];
}

function unary(node: SyntaxNode, { text }: Surroundings): readonly Replacement[] {
  const argument = nodeAt(node, 'argument');
  return argument !== undefined && ['!', '-'].includes(textAt(node, 'operator'))
    ? [{ node, by: slice(text, argument) }]
    : [];
}

function condition(node: SyntaxNode): readonly Replacement[] {
  const test = nodeAt(node, 'test');
  return test === undefined ? [] : ['true', 'false'].map((by) => ({ node: test, by }));
}

/** A loop whose condition always holds never ends, which would only cost the time that it is waited for. */
function loop(node: SyntaxNode): readonly Replacement[] {
  const test = nodeAt(node, 'test');
  return test === undefined || test.type === 'Literal' ? [] : [{ node: test, by: 'false' }];
}

function removed(node: SyntaxNode): readonly Replacement[] {
  return typeof node.directive === 'string' ? [] : [{ node, by: '', removed: true }];
}

const TRUTH_OPERATORS = new Set(['===', '!==', '<', '<=', '>', '>=', 'in', 'instanceof', '!', '&&', '||']);

/** Both truth values for one that is returned, else nothing. */
function returned(node: SyntaxNode): readonly Replacement[] {
  const value = node.type === 'ReturnStatement' ? nodeAt(node, 'argument') : nodeAt(node, 'body');
  if (value === undefined || value.type === 'BlockStatement' || value.type === 'Literal') return [];
  if (value.type === 'Identifier' && textAt(value, 'name') === 'undefined') return [];
  if (isTruth(value)) return ['true', 'false'].map((by) => ({ node: value, by }));
  return [{ node: value, by: 'undefined' }];
}

function isTruth(value: SyntaxNode): boolean {
  return TRUTH_OPERATORS.has(textAt(value, 'operator'));
}

function literal(node: SyntaxNode, { text, parent }: Surroundings): readonly Replacement[] {
  if (typeof node.value === 'boolean') return [{ node, by: String(!node.value) }];
  if (typeof node.value === 'number') return [{ node, by: String(node.value === 0 ? 1 : node.value + 1) }];
  if (typeof node.value === 'string')
    return hasOwnText(parent) ? [{ node, by: node.value === '' ? "'other'" : "''" }] : [];
  return typeof node.regex === 'object' ? anchors(node, slice(text, node)) : [];
}

/** False for the name of a module, and for a text that is compared: a condition is replaced by truth values as well. */
function hasOwnText(parent: SyntaxNode | undefined): boolean {
  return !/^(?:Import|Export|BinaryExpression)/.test(parent?.type ?? '');
}

/** A pattern without the one or the other anchor. */
function anchors(node: SyntaxNode, pattern: string): readonly Replacement[] {
  return [pattern.replace(/^\/\^/, '/'), pattern.replace(/\$\/(\w*)$/, '/$1')]
    .filter((by) => by !== pattern && !by.startsWith('//'))
    .map((by) => ({ node, by }));
}

const MOST_PARTS = 12;

function withoutOne(
  node: SyntaxNode,
  parts: readonly SyntaxNode[],
  text: string,
  open: string,
  close: string,
): readonly Replacement[] {
  return parts.slice(0, MOST_PARTS).map((part) => {
    const others = parts.filter((each) => each !== part).map((each) => slice(text, each));
    return { node, by: `${open}${others.join(', ')}${close}` };
  });
}

/** Each `?.` of a chain as a plain access. */
function chain(node: SyntaxNode, { text }: Surroundings): readonly Replacement[] {
  return [...slice(text, node).matchAll(/\?\.(?=([[(]?))/g)].map(({ index, 1: bracket }) => ({
    node,
    by: `${text.slice(node.start, node.start + index)}${bracket === '' ? '.' : ''}${text.slice(node.start + index + 2, node.end)}`,
  }));
}

function call(node: SyntaxNode, { text }: Surroundings): readonly Replacement[] {
  const callee = nodeAt(node, 'callee');
  const property = callee?.type === 'MemberExpression' ? nodeAt(callee, 'property') : undefined;
  const object = callee === undefined ? undefined : nodeAt(callee, 'object');
  if (property === undefined || object === undefined || callee?.optional === true) return [];
  const name = textAt(property, 'name');
  if (name === 'filter') return [{ node, by: slice(text, object) }];
  const other = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  const [before, after] = [text.slice(node.start, property.start), text.slice(property.end, node.end)];
  return other === undefined ? [] : [{ node, by: `${before}${other}${after}` }];
}

function update(node: SyntaxNode, { text }: Surroundings): readonly Replacement[] {
  const before = slice(text, node);
  return [{ node, by: before.includes('++') ? before.replace('++', '--') : before.replace('--', '++') }];
}

const ASSIGNMENTS: Readonly<Record<string, string>> = { '+=': '-=', '-=': '+=', '??=': '=', '|=': '&=', '||=': '=' };

function assignment(node: SyntaxNode, { text }: Surroundings): readonly Replacement[] {
  const [left, right] = [nodeAt(node, 'left'), nodeAt(node, 'right')];
  const other = ASSIGNMENTS[textAt(node, 'operator')];
  if (left === undefined || right === undefined || other === undefined) return [];
  return [{ node, by: `${slice(text, left)} ${other} ${slice(text, right)}` }];
}

function isText(node: SyntaxNode): boolean {
  return node.type === 'TemplateLiteral' || typeof node.value === 'string';
}

function slice(text: string, node: SyntaxNode): string {
  return text.slice(node.start, node.end);
}
