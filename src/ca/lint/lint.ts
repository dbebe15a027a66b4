import type { CertificateTemplate } from '../../pki/certificate-builder.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { attributeLength } from './attribute-length.ts';
import { countryCode } from './country-code.ts';
import { distinctNames } from './distinct-names.ts';
import { holderName } from './holder-name.ts';
import { leafRole } from './leaf-role.ts';
import type { LintRule } from './lint-rule.ts';
import { nameSyntax } from './name-syntax.ts';
import { otherKey } from './other-key.ts';
import { serialNumber } from './serial-number.ts';
import { serverName } from './server-name.ts';
import { strongKey } from './strong-key.ts';
import { validitySpan } from './validity-span.ts';

/** Every rule, in the order in which they are told. */
export const lintRules: readonly LintRule[] = [
  leafRole,
  strongKey,
  otherKey,
  holderName,
  serverName,
  nameSyntax,
  distinctNames,
  attributeLength,
  countryCode,
  validitySpan,
  serialNumber,
];

/** A rule that a template breaks. */
export interface LintFailure {
  readonly rule: LintRule;
  readonly problem: string;
}

/** A template that keeps every rule. Only `lint` makes one, so that nothing else is ever signed. */
export class LintedTemplate {
  readonly template: CertificateTemplate;

  private constructor(template: CertificateTemplate) {
    this.template = template;
  }

  /** The template of a leaf that `issuing` may sign, or each rule that it breaks. */
  static lint(
    template: CertificateTemplate,
    issuing: Certificate,
  ): LintedTemplate | readonly LintFailure[] {
    const failures: LintFailure[] = [];
    for (const rule of lintRules) {
      const problem = rule.check(template, issuing);
      if (problem !== null) failures.push({ rule, problem });
    }
    return failures.length === 0 ? new LintedTemplate(template) : failures;
  }
}
