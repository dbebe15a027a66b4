import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { texts } from '../language/language.ts';
import { LanguageSwitch } from '../language/language-switch.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { logOut } from '../session/session.ts';
import { ThemeSwitch } from '../theme/theme-switch.tsx';
import { Brand } from './brand.tsx';
import { addressOf, place } from './location.ts';

const SECTIONS = [
  ['overview', 'overview'],
  ['certificates', 'certificate'],
  ['authority', 'authority'],
  ['handshakes', 'handshakes'],
  ['clients', 'clients'],
  ['explain', 'explain'],
  ['access', 'routes'],
] as const satisfies readonly (readonly [string, IconName])[];

/** Navigation around every page. */
export function Shell({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const words = texts.value.navigation;
  const { parts } = place.value;
  const path = parts.join('/');
  const first = useRef(path);
  useEffect(() => {
    setOpen(false);
    // The reader of another page begins at its beginning, by keyboard and by screen reader alike.
    if (first.current !== path) main.current?.focus();
    first.current = path;
    scrollTo(0, 0);
  }, [path]);
  const current = SECTIONS.find(([name]) => name === parts[0])?.[0] ?? 'overview';
  return (
    <div class="shell">
      <button type="button" class="skip-link" onClick={() => main.current?.focus()}>
        {words.skip}
      </button>
      <header class={isOpen ? 'side open' : 'side'}>
        <Brand />
        <button
          type="button"
          class="button quiet menu-button"
          aria-expanded={isOpen}
          aria-label={words.menu}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'close' : 'menu'} />
        </button>
        <nav aria-label={words.label}>
          <ul>
            {SECTIONS.map(([name, icon]) => (
              <li key={name}>
                <a
                  href={addressOf(name === 'overview' ? [] : [name])}
                  aria-current={name === current ? 'page' : undefined}
                >
                  <Icon name={icon} />
                  {words[name]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="side-foot">
          <div class="row">
            <LanguageSwitch />
            <ThemeSwitch />
          </div>
          <button
            type="button"
            class="button quiet small"
            onClick={() => void logOut().catch(() => {})}
          >
            <Icon name="leave" />
            {words.leave}
          </button>
        </div>
      </header>
      <main class="page" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
