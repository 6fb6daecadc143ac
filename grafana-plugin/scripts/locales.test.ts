/** Texts of the plugins: each key has its text in the locale file of every plugin that shows it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LANGUAGE, localeFiles } from './locales.mjs';

const files = localeFiles();

describe.each(files)('the texts of $id', ({ path, content, languages }) => {
  it('stand in its locale file as the sources say them', () => {
    expect(languages).toContain(LANGUAGE);
    expect(existsSync(path), 'npm run locales --prefix grafana-plugin').toBe(true);
    expect(readFileSync(path, 'utf8'), 'npm run locales --prefix grafana-plugin').toBe(content);
  });

  it('are sentences and words for people, none empty, with whole placeholders', () => {
    const texts: string[] = [];
    JSON.parse(content, (_, value: unknown) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) {
      expect(text.trim()).toBe(text);
      expect(text).not.toBe('');
      expect(text.replaceAll(/\{\{\w+\}\}/g, '')).not.toMatch(/[{}]/);
    }
  });
});

it('knows every plugin of the app', () => {
  expect(files.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['brinescope-salt-app', 'brinescope-salt-datasource']),
  );
});
