/**
 * Dark or light: as the system wants, until the reader says otherwise; remembered by this browser
 * if it may remember.
 */
import { byId, setText } from './dom.js';

const KEY = 'brinescope-theme';
type Theme = 'dark' | 'light';

export function startTheme(): void {
  const button = byId('theme');
  const system = window.matchMedia('(prefers-color-scheme: light)');
  let chosen = remembered();
  const current = (): Theme => chosen ?? (system.matches ? 'light' : 'dark');
  const show = (): void => {
    if (chosen !== undefined) document.documentElement.dataset.theme = chosen;
    setText(button, current() === 'dark' ? 'Light theme' : 'Dark theme');
  };
  button.addEventListener('click', () => {
    chosen = current() === 'dark' ? 'light' : 'dark';
    remember(chosen);
    show();
  });
  system.addEventListener('change', show);
  show();
}

function remembered(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'dark' || value === 'light' ? value : undefined;
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
    return undefined;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As above: nothing is lost but the memory.
  }
}
