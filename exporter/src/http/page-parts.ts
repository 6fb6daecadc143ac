/** Pieces of the live page's markup that its views share. */

/** Roles are written out: laid out for a phone, a table is none to a screen reader any more. */
export function tableHead(columns: readonly string[]): string {
  return `<thead role="rowgroup"><tr role="row">
${columns.join('\n')}
</tr></thead>`;
}

export function column(word: string, className = ''): string {
  return `<th role="columnheader" scope="col" class="${className}">${word}</th>`;
}

/** A small table of facts: words in the first column, figures in the others. */
export function factTable(
  heading: string,
  options: { rows: string; columns: readonly string[] },
): string {
  const heads = options.columns.map((word) => `<th scope="col" class="r">${word}</th>`);
  return `<table class="t facts" aria-labelledby="${heading}">
<thead><tr><td></td>${heads.join('')}</tr></thead>
<tbody id="${options.rows}"></tbody></table>`;
}

export function panel(
  name: string,
  options: { title: string; beside: string; body: string },
): string {
  const [id] = name.split(' ');
  return `<section class="panel ${name}" aria-labelledby="h-${id}">
<div class="ph"><h2 id="h-${id}">${options.title}</h2>${options.beside}</div>
${options.body}
</section>`;
}
