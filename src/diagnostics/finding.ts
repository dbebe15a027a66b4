import type { CauseCode, Evidence } from './evidence.ts';

/**
 * How much a finding matters. `error`: this client does not get in before something is changed;
 * `warning`: perhaps nobody minds, such as a scan of the port, or it was admitted all the same.
 */
export type Severity = 'error' | 'warning';

export type Language = 'en' | 'zh';

/**
 * What is wrong and what mends it, in words. Everything in it is a bounded text in which foreign
 * characters that could act on a terminal are escaped.
 */
export interface Finding {
  readonly code: CauseCode;
  readonly severity: Severity;
  readonly title: string;
  /** The explanation, with the actual values. */
  readonly detail: string;
  /** A command or a change of the configuration, after which the same client is admitted. */
  readonly remedy: string;
}

/** The same in every language; logs have the English. */
export type ToldFinding = Readonly<Record<Language, Finding>>;

/** One kind of finding, `Values` being what it tells about a particular client. */
export interface FindingKind<Values> {
  readonly code: CauseCode;
  readonly severity: Severity;
  readonly title: Readonly<Record<Language, string>>;
  /** The document and section that the rule comes from. */
  readonly rule: string;
  /** The values of this finding where the evidence shows it; null: it doesn't. */
  readonly recognise: (evidence: Evidence) => Values | null;
  readonly texts: Readonly<Record<Language, (values: Values) => FindingText>>;
}

export interface FindingText {
  readonly detail: string;
  readonly remedy: string;
}

/** A kind of finding whose values are nobody else's business. */
export interface Diagnosis {
  readonly code: CauseCode;
  readonly severity: Severity;
  readonly title: Readonly<Record<Language, string>>;
  readonly rule: string;
  /** null: the evidence doesn't show it. */
  readonly tell: (evidence: Evidence) => ToldFinding | null;
}

export function defineFinding<Values>(kind: FindingKind<Values>): Diagnosis {
  const { code, severity, title, rule } = kind;
  return {
    code,
    severity,
    title,
    rule,
    tell(evidence) {
      const values = kind.recognise(evidence);
      if (values === null) return null;
      const tellIn = (language: Language): Finding => {
        const { detail, remedy } = kind.texts[language](values);
        return { code, severity, title: title[language], detail, remedy };
      };
      return { en: tellIn('en'), zh: tellIn('zh') };
    },
  };
}
