import type { JSX } from 'preact';
import type { LeafPreview } from '../api/types.ts';
import { languageTag, texts } from '../language/language.ts';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import type { LivePreview } from './leaf-preview.ts';

interface LeafPreviewCardProps {
  readonly preview: LivePreview;
  /** Nothing was asked for yet. */
  readonly isEmpty: boolean;
}

/** What a certificate would say, and everything that stands against issuing it. */
export function LeafPreviewCard({ preview, isEmpty }: LeafPreviewCardProps): JSX.Element {
  const words = texts.value.authority.preview;
  const { value, problems, fault } = preview;
  const certificate = value?.certificate ?? null;
  return (
    <section class="card stack leaf-preview" aria-label={words.title}>
      <h2>{words.title}</h2>
      {fault === null ? null : <ProblemNote problem={fault} />}
      {isEmpty ? (
        <p class="soft">{words.nothing}</p>
      ) : (
        <>
          {certificate === null || value === null ? null : (
            <CertificateFacts certificate={certificate} user={value.user} />
          )}
          {/* Told when it changes, not at every key. */}
          <div role="status">
            {problems.length > 0 ? (
              <div class="note warn stack">
                <strong>{words.problems(problems.length)}</strong>
                <ul class="bullets">
                  {problems.map(({ path, message, citation }) => (
                    <li key={path + message}>
                      <ForeignText text={message} most={600} />
                      {citation === null ? null : <div class="small">{citation}</div>}
                    </li>
                  ))}
                </ul>
              </div>
            ) : certificate === null ? null : (
              <p class="note good row">
                <Icon name="check" />
                {words.good}
              </p>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function CertificateFacts({
  certificate,
  user,
}: {
  readonly certificate: NonNullable<LeafPreview['certificate']>;
  readonly user: string | null;
}): JSX.Element {
  const { preview: words, list } = texts.value.authority;
  const { subject, subject_alt_names: names, kind } = certificate;
  return (
    <dl class="facts">
      <dt>{words.subject}</dt>
      <dd>{subject === '' ? list.noSubject : <ForeignText text={subject} most={500} mono />}</dd>
      <dt>{words.names}</dt>
      <dd>
        {names.length === 0 ? texts.value.common.none : null}
        {names.map((name) => (
          <div key={name}>
            <ForeignText text={name} most={300} mono />
          </div>
        ))}
      </dd>
      {kind === 'server' ? null : (
        <>
          <dt>{words.user}</dt>
          <dd>{user === null ? words.noUser : <ForeignText text={user} mono />}</dd>
        </>
      )}
      <dt>{words.issuer}</dt>
      <dd>
        <ForeignText text={certificate.issuer} mono />
      </dd>
      <dt>{words.purpose}</dt>
      <dd>
        {words.purposes[kind]}{' '}
        <span class="soft">({certificate.extended_key_usage.join(', ')})</span>
      </dd>
      <dt>{words.validity}</dt>
      <dd>
        {words.until(dayOf(certificate.not_before), dayOf(certificate.not_after))}
        {certificate.cut ? <div class="soft small">{words.cut}</div> : null}
      </dd>
      <dt>{words.key}</dt>
      <dd>{certificate.key_type}</dd>
      {certificate.revocation_list === null ? null : (
        <>
          <dt>{texts.value.authority.state.list}</dt>
          <dd>
            <ForeignText text={certificate.revocation_list} most={300} mono />
          </dd>
        </>
      )}
    </dl>
  );
}

function dayOf(time: string): string {
  return new Intl.DateTimeFormat(languageTag.value, { dateStyle: 'medium' }).format(new Date(time));
}
