import type { ComponentChildren, JSX } from 'preact';
import { visibleText } from './visible-text.ts';

/** Behind these a long name is best broken. */
const BREAKS = /(?<=[,@/])(?=.)|(?<=\.)(?=\p{L})/u;

/**
 * A text that someone else has written, such as the subject of a certificate: never markup, what could
 * turn or hide other text is shown as its code, and no more than `most` characters are.
 */
export function ForeignText({
  text,
  most = 300,
  mono = false,
}: {
  readonly text: string;
  readonly most?: number;
  readonly mono?: boolean;
}): JSX.Element {
  return <bdi class={mono ? 'mono' : undefined}>{breakable(visibleText(text, most))}</bdi>;
}

function breakable(text: string): ComponentChildren {
  return text
    .split(BREAKS)
    .flatMap((part, index) => (index === 0 ? [part] : [<wbr key={index} />, part]));
}
