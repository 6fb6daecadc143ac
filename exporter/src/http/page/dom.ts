/**
 * The few ways in which this page changes its document: text as text, lists by row, nothing rebuilt
 * that did not change.
 */

export interface Row<T> {
  readonly node: Element;
  readonly update: (item: T) => void;
}

/** The element of the markup with this id; the markup is ours, so a missing one is a defect. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element #${id}`);
  return element;
}

export function element(
  name: string,
  options: {
    className?: string;
    text?: string;
    attributes?: Readonly<Record<string, string>>;
    children?: readonly Element[];
  } = {},
): HTMLElement {
  const node = document.createElement(name);
  if (options.className !== undefined) node.className = options.className;
  if (options.text !== undefined) node.textContent = options.text;
  for (const [key, value] of Object.entries(options.attributes ?? {})) {
    node.setAttribute(key, value);
  }
  node.append(...(options.children ?? []));
  return node;
}

/** Writes only what differs: selections, focus and screen readers stay where they are. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node: Element, name: string, value: string | undefined): void {
  if (value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

export function setHidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** Shows a text, or hides the element when there is none. */
export function setOptional(node: HTMLElement, text: string): void {
  setText(node, text);
  setHidden(node, text === '');
}

/**
 * A list whose rows are reused by position: the update of a second touches the texts that changed
 * and nothing else.
 */
export function rowList<T>(parent: Element, make: () => Row<T>): (items: readonly T[]) => void {
  const rows: Row<T>[] = [];
  return (items) => {
    for (const [index, item] of items.entries()) {
      let row = rows[index];
      if (row === undefined) {
        row = make();
        rows.push(row);
        parent.append(row.node);
      }
      row.update(item);
    }
    for (const row of rows.splice(items.length)) row.node.remove();
  };
}
