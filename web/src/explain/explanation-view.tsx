import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { FindingCard } from '../parts/finding-card.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import type { Explanation, Rule } from './explain-api.ts';
import './explanation.css';

/** The decision, each rule with what it came to, and what would mend it. */
export function ExplanationView({
  explanation,
}: {
  readonly explanation: Explanation;
}): JSX.Element {
  const words = texts.value.explain;
  const { decision, user, rules, findings } = explanation;
  return (
    <>
      <p class={`note verdict ${decision === 'admit' ? 'good' : 'bad'}`}>
        <Icon name={decision === 'admit' ? 'check' : 'cross'} />
        <strong>{words[decision]}</strong>
        {user === null ? null : <ForeignText text={words.as(user)} />}
      </p>
      {findings.map((finding) => (
        <FindingCard key={finding.code} finding={finding} />
      ))}
      <section class="card">
        <h2>{words.rules}</h2>
        <ol class="rules">
          {rules.map((rule) => (
            <RuleRow key={rule.title} rule={rule} />
          ))}
        </ol>
      </section>
    </>
  );
}

const ICONS: Readonly<Record<Rule['outcome'], IconName | null>> = {
  passed: 'check',
  failed: 'cross',
  skipped: null,
};

function RuleRow({ rule: { title, outcome, value } }: { readonly rule: Rule }): JSX.Element {
  const icon = ICONS[outcome];
  return (
    <li class={`rule ${outcome}`}>
      <span class="rule-mark">{icon === null ? '–' : <Icon name={icon} />}</span>
      <span>
        <span class="rule-title">{title}</span>
        <span class="hidden-text">: {texts.value.explain.outcome[outcome]}</span>
        {value === '' ? null : (
          <span class="rule-value soft">
            <ForeignText text={value} most={500} />
          </span>
        )}
      </span>
    </li>
  );
}
