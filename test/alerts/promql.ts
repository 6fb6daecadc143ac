/** Takes PromQL apart as far as drift checks need it: which families with which labels, and what is grouped by what. */

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

/** Labels of one `by (…)`, `on (…)` …, and the selectors that must have them: the aggregation's own, or all. */
export interface Grouping {
  readonly keyword: string;
  readonly labels: readonly string[];
  readonly selectors: readonly Selector[];
}

export interface QueryParts {
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
}

interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'sign';
  readonly text: string;
}

const TOKEN =
  /\s+|#[^\n]*|(?<word>[a-zA-Z_:][\w:]*)|(?<number>\d[\w.]*)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<sign>=~|!~|!=|==|>=|<=|[-+*/%^<>=(){}[\],:@.])/y;
const LABEL_LISTS = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'];
const WORDS = [...LABEL_LISTS, 'and', 'or', 'unless', 'bool', 'offset', 'atan2', 'inf', 'nan'];

/** Throws an Error with the place where the text is no PromQL. `promtool` checks the grammar; this finds names. */
export function takeApart(query: string): QueryParts {
  const tokens = tokenize(query);
  const found: { readonly at: number; readonly selector: Selector }[] = [];
  const lists: { readonly at: number; readonly end: number; readonly keyword: string }[] = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    if (token?.kind !== 'word') {
      if (token?.text === '{') throw new Error(`a selector without a name in: ${query}`);
      at += 1;
      continue;
    }
    const next = tokens[at + 1]?.text ?? '';
    // `sum by (x) (…)` is a call too.
    const isCall = ['(', 'by', 'without'].includes(next);
    if (LABEL_LISTS.includes(token.text) && isCall) {
      const end = tokens.findIndex((each, index) => index > at && each.text === ')');
      lists.push({ at, end, keyword: token.text });
      at = end + 1;
    } else if (isCall || WORDS.includes(token.text.toLowerCase())) {
      at += 1;
    } else {
      const { matchers, end } = readMatchers(tokens, at + 1);
      found.push({ at, selector: { name: token.text, matchers } });
      at = end;
    }
  }
  const groupings = lists.map(({ at: start, end, keyword }) => {
    const labels = tokens.slice(start + 2, end).filter((each) => each.kind === 'word');
    const range = keyword === 'by' ? operand(tokens, end + 1) : [0, tokens.length];
    const inside = found.filter((each) => each.at >= (range[0] ?? 0) && each.at < (range[1] ?? 0));
    const selectors = inside.map((each) => each.selector);
    return { keyword, labels: labels.map((each) => each.text), selectors };
  });
  return { selectors: found.map((each) => each.selector), groupings };
}

/** Numbers on the right of a comparison: `x > 0.5` → `0.5`. */
export function comparedNumbers(query: string): readonly string[] {
  const tokens = tokenize(query);
  return tokens.flatMap((token, index) => {
    const next = tokens[index + 1];
    return ['>', '<', '>=', '<=', '=='].includes(token.text) && next?.kind === 'number'
      ? [next.text]
      : [];
  });
}

function tokenize(query: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const start = TOKEN.lastIndex;
    const groups = TOKEN.exec(query)?.groups;
    if (groups === undefined) throw new Error(`no PromQL at ${start}: ${query.slice(start)}`);
    for (const kind of ['word', 'number', 'string', 'sign'] as const) {
      const text = groups[kind];
      if (text !== undefined) tokens.push({ kind, text });
    }
  }
  return tokens;
}

/** The `{…}` at `start`, if there is one; `end` is the token after it. */
function readMatchers(tokens: readonly Token[], start: number) {
  const matchers: Matcher[] = [];
  if (tokens[start]?.text !== '{') return { matchers, end: start };
  let at = start + 1;
  while (at < tokens.length && tokens[at]?.text !== '}') {
    const [label, operator, value] = tokens.slice(at, at + 3);
    if (label?.kind !== 'word' || operator === undefined || value?.kind !== 'string') {
      throw new Error(`no matcher: ${label?.text} ${operator?.text} ${value?.text}`);
    }
    matchers.push({ label: label.text, operator: operator.text, value: value.text.slice(1, -1) });
    at += tokens[at + 3]?.text === ',' ? 4 : 3;
  }
  return { matchers, end: at + 1 };
}

/** First and last token of the parenthesis at `start`: what an aggregation works on. */
function operand(tokens: readonly Token[], start: number): readonly [number, number] {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    if (tokens[at]?.text === '(') depth += 1;
    if (tokens[at]?.text === ')') depth -= 1;
    if (depth === 0) return [start, at];
  }
  return [start, tokens.length];
}
