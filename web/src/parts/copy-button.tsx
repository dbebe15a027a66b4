import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { texts } from '../language/language.ts';
import { Icon } from './icon.tsx';

const THANKS_MS = 2000;

/** Puts `text` on the clipboard, and says that it did. */
export function CopyButton({ text }: { readonly text: string }): JSX.Element {
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), THANKS_MS);
  };
  const { copy: word, copied } = texts.value.common;
  return (
    <>
      <button type="button" class="button small" onClick={() => void copy().catch(() => {})}>
        <Icon name={isDone ? 'check' : 'copy'} />
        {isDone ? copied : word}
      </button>
      <span class="hidden-text" role="status">
        {isDone ? copied : ''}
      </span>
    </>
  );
}
