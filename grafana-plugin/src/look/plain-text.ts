/** Values of texts as they are: React shows them as text, so i18next must not write them as HTML. */
export const PLAIN = { interpolation: { escapeValue: false } } as const;
