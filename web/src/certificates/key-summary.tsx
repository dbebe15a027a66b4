import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { keyKinds } from './pem-text.ts';

/** That a private key was found, and nothing more of it. */
export function KeySummary({ text }: { readonly text: string }): JSX.Element | null {
  if (text.trim() === '') return null;
  const words = texts.value.certificates.read;
  const [kind] = keyKinds(text);
  if (kind === undefined) return <p class="note warn small">{words.noKey}</p>;
  return <p class="note small">{words.key(kind)}</p>;
}
