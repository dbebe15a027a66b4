import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { chooseTheme, THEMES, theme } from './theme.ts';
import './theme.css';

export function ThemeSwitch(): JSX.Element {
  const words = texts.value.theme;
  return (
    <select
      class="input theme-switch"
      aria-label={words.label}
      value={theme.value}
      onChange={({ currentTarget: { value } }) => {
        chooseTheme(THEMES.find((one) => one === value) ?? 'system');
      }}
    >
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {words[one]}
        </option>
      ))}
    </select>
  );
}
