/** What a refused name was meant to be. */
export type NameKind = 'dns' | 'ip' | 'email' | 'uri' | 'upn' | 'subject' | 'file-name';

/** A name that no certificate may carry. The message shows the offending part and says what to do. */
export class InvalidNameError extends Error {
  override readonly name = 'InvalidNameError';
  readonly kind: NameKind;
  /** The name as it was given. */
  readonly value: string;

  constructor(kind: NameKind, value: string, reason: string) {
    super(`${quote(value)}: ${reason}`);
    this.kind = kind;
    this.value = value;
  }
}

/** Text in double quotes, cut to 80 characters, with whatever can't be seen written as an escape. */
export function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(shown).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (found) => {
    const code = found.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
