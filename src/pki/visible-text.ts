/**
 * Text with every character that can't be seen, or that a terminal would act on, as an escape such as
 * `\u{9b}`: for messages that quote what somebody else wrote.
 */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
