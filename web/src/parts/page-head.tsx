import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface PageHeadProps {
  readonly title: ComponentChildren;
  /** Of the browser's window, where the title is more than text. */
  readonly windowTitle: string;
  readonly lead?: ComponentChildren;
  readonly back?: { readonly href: string; readonly text: string };
  /** Buttons. */
  readonly children?: ComponentChildren;
}

export function PageHead({ title, windowTitle, lead, back, children }: PageHeadProps): JSX.Element {
  useEffect(() => {
    document.title = `${windowTitle} · Countersign`;
  }, [windowTitle]);
  return (
    <header class="page-head">
      <div>
        {back === undefined ? null : (
          <a class="back" href={back.href}>
            <Icon name="back" />
            {back.text}
          </a>
        )}
        <h1>{title}</h1>
        {lead === undefined ? null : <p class="soft">{lead}</p>}
      </div>
      <div class="row">{children}</div>
    </header>
  );
}
