import type { Language } from './finding.ts';

/** The first of some texts and how many more there are: a finding stays short whatever is configured. */
export function listing(texts: readonly string[], language: Language, most = 5): string {
  const shown = texts.slice(0, most);
  const rest = texts.length - shown.length;
  if (language === 'zh') {
    return rest === 0 ? shown.join('、') : `${shown.join('、')} 等 ${texts.length} 个`;
  }
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`;
}
