import { effect, signal } from '@preact/signals';
import { readPreference, writePreference } from '../navigation/preference.ts';

export const THEMES = ['system', 'light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>(readPreference('theme', THEMES) ?? 'system');

const darkSystem = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(darkSystem.matches);
darkSystem.addEventListener('change', ({ matches }) => {
  systemIsDark.value = matches;
});

effect(() => {
  const { documentElement } = document;
  if (theme.value === 'system') delete documentElement.dataset['theme'];
  else documentElement.dataset['theme'] = theme.value;
});

/** Whether the page is dark at the moment; what draws its own colours depends on it. */
export function isDark(): boolean {
  return theme.value === 'system' ? systemIsDark.value : theme.value === 'dark';
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  writePreference('theme', chosen);
}
