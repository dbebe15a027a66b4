// The page speaks the reader's language where it can: English, or Simplified Chinese.
const chinese =
  navigator.languages.find((tag) => /^(zh|en)\b/.test(tag))?.startsWith('zh') === true;
document.documentElement.lang = chinese ? 'zh-CN' : 'en';
