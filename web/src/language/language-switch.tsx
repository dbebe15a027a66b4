import type { JSX } from 'preact';
import { chooseLanguage, language, texts } from './language.ts';

/** Offers the language that is not spoken, in its own name. */
export function LanguageSwitch(): JSX.Element {
  const other = language.value === 'en' ? 'zh' : 'en';
  return (
    <button
      type="button"
      class="button quiet small"
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      onClick={() => chooseLanguage(other)}
    >
      {texts.value.common.otherLanguage}
    </button>
  );
}
