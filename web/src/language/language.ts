import { computed, effect, signal } from '@preact/signals';
import { readPreference, writePreference } from '../navigation/preference.ts';
import { type Dictionary, en } from './en.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';

const DICTIONARIES: Readonly<Record<Language, Dictionary>> = { en, zh };
const TAGS = { en: 'en', zh: 'zh-CN' } as const;

/** The language of the dashboard: as chosen before, else the browser's, else English. */
export const language = signal<Language>(
  readPreference('language', ['en', 'zh']) ?? languageOf(navigator.languages),
);

/** What the dashboard says, in that language. */
export const texts = computed<Dictionary>(() => DICTIONARIES[language.value]);

/** Its tag for `lang` and Intl. */
export const languageTag = computed(() => TAGS[language.value]);

effect(() => {
  document.documentElement.lang = languageTag.value;
});

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  writePreference('language', chosen);
}

function languageOf(tags: readonly string[]): Language {
  return tags
    .find((tag) => /^(zh|en)\b/i.test(tag))
    ?.toLowerCase()
    .startsWith('zh') === true
    ? 'zh'
    : 'en';
}
