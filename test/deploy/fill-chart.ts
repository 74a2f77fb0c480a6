/** Lines of a template that have an action and nothing else. */
const BLOCK = /^\s*\{\{-? (?:if|with|range|end)\b.*\}\}$/;
const ACTION = /\{\{-? (.*?) -?\}\}/g;

/**
 * Fills the actions of the chart in with its default values, as far as the chart uses them: Helm itself is no program
 * of the package registry. Blocks are kept if the value that they ask for is set; `range` is left out.
 */
export function fillChart(template: string, values: unknown, chart: Readonly<Record<string, unknown>>): string {
  const kept: boolean[] = [];
  const lines = template.split('\n').flatMap((line) => {
    const [, opened, asked = ''] = /\{\{-? (if|with|range) (.*?) -?\}\}/.exec(line) ?? [];
    if (opened !== undefined) kept.push(opened !== 'range' && Boolean(chartValue(asked, values, chart)));
    else if (/\{\{-? end/.test(line)) kept.pop();
    else return kept.every(Boolean) ? [line] : [];
    if (!BLOCK.test(line)) throw new Error(`not understood: ${line}`);
    return [];
  });
  return lines.join('\n').replaceAll(ACTION, (_, action: string) => textOf(action, values, chart));
}

function textOf(action: string, values: unknown, chart: Readonly<Record<string, unknown>>): string {
  const [asked = '', ...filters] = action.split(' | ');
  let value = asked.startsWith('toYaml ')
    ? JSON.stringify(chartValue(asked.slice(7), values, chart))
    : chartValue(asked, values, chart);
  for (const filter of filters) {
    const [name, other = ''] = filter.split(' ');
    if (name === 'default') value = value === '' ? chartValue(other, values, chart) : value;
    else if (name === 'quote') value = JSON.stringify(value);
    else if (name === 'nindent') value = ` ${value}`;
    else if (name !== 'toString') throw new Error(`not understood: ${filter}`);
  }
  return String(value);
}

function chartValue(asked: string, values: unknown, chart: Readonly<Record<string, unknown>>): unknown {
  if (asked === '.Release.Name') return 'release';
  if (asked === '.Chart.AppVersion') return chart.appVersion;
  if (!asked.startsWith('.Values.') && !/^\$name, \$value := \.Values\.env$/.test(asked))
    throw new Error(`not understood: ${asked}`);
  const path = asked.replace(/^.*\.Values\./, '').split('.');
  return path.reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !(name in value)) throw new Error(`no such value: ${asked}`);
    return Reflect.get(value, name);
  }, values);
}
