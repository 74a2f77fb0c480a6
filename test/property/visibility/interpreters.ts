// Prisma's client and a MongoDB server are not among the parts of this suite. These interpreters read the filter
// objects by the documented meaning of the few words the filters use, and refuse every other word.

type Truth = boolean | null;

/** Reads a Prisma filter with SQL's three truth values: a comparison with null in the row is neither true nor false. */
export function matchesPrisma(filter: object, row: object): boolean {
  return judgePrisma(filter, row) === true;
}

function judgePrisma(filter: object, row: object): Truth {
  const entries = Object.entries(filter);
  return every(entries.map(([name, operand]) => judgePrismaWord(name, operand, row)));
}

function judgePrismaWord(name: string, operand: unknown, row: object): Truth {
  if (name === 'AND') return every(list<object>(operand).map((each) => judgePrisma(each, row)));
  if (name === 'OR') return not(every(list<object>(operand).map((each) => not(judgePrisma(each, row)))));
  if (name === 'NOT') return not(judgePrisma(operand as object, row));
  const field: unknown = Reflect.get(row, name);
  if (operand === null) return field === null;
  if (typeof operand !== 'string') throw new Error(`unknown word in a Prisma filter: ${name}`);
  return field === null ? null : field === operand;
}

export function matchesMongodb(filter: object, document: object): boolean {
  return Object.entries(filter).every(([name, operand]) => {
    if (name === '$and') return list<object>(operand).every((each) => matchesMongodb(each, document));
    if (name === '$nor') return !list<object>(operand).some((each) => matchesMongodb(each, document));
    if (name.startsWith('$')) throw new Error(`unknown word in a MongoDB filter: ${name}`);
    return judgeMongodbField(operand, Reflect.get(document, name) ?? null);
  });
}

function judgeMongodbField(operand: unknown, field: unknown): boolean {
  return Object.entries(operand as object).every(([word, value]) => {
    if (word === '$eq') return field === value;
    if (word === '$ne') return field !== value;
    if (word === '$in') return list(value).includes(field);
    throw new Error(`unknown word in a MongoDB filter: ${word}`);
  });
}

function list<T>(operand: unknown): readonly T[] {
  if (Array.isArray(operand)) return operand;
  throw new Error('a list was expected in the filter');
}

function every(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(null) ? null : true;
}

function not(truth: Truth): Truth {
  return truth === null ? null : !truth;
}
