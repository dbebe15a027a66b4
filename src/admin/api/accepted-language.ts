import type { Language } from '../../diagnostics/finding.ts';

/**
 * The language that a client wants of those that findings are told in, by its Accept-Language
 * (RFC 9110, section 12.5.4); English where it says nothing of them.
 */
export function acceptedLanguage(header: string | undefined): Language {
  let best: Language = 'en';
  let bestWeight = 0;
  for (const range of (header ?? '').slice(0, 256).split(',')) {
    const [, tag, weight] =
      /^\s*(en|zh)(?:-[\w-]*)?\s*(?:;\s*q=([\d.]{1,5})\s*)?$/i.exec(range) ?? [];
    if (tag === undefined || !(Number(weight ?? 1) > bestWeight)) continue;
    best = tag.toLowerCase() === 'zh' ? 'zh' : 'en';
    bestWeight = Number(weight ?? 1);
  }
  return best;
}
