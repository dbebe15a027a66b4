import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AuthorityState, IssuedNow } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { Download } from '../parts/download.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Icon } from '../parts/icon.tsx';

interface IssuedNowProps {
  readonly issued: IssuedNow;
  readonly authority: AuthorityState;
  readonly onNext: () => void;
}

/** A new certificate's files. Its key is here until the page is left, and nowhere else. */
export function IssuedNowView({ issued, authority, onNext }: IssuedNowProps): JSX.Element {
  const words = texts.value.authority.done;
  const { subject, file_name: file, key, pkcs12, certificate } = issued;
  const hasKey = key !== null || pkcs12 !== null;
  useLeaveWarning(hasKey);
  return (
    <section class="card stack">
      <p class="note good row" role="status">
        <Icon name="check" />
        <ForeignText text={words.issued(subject === '' ? file : subject)} />
      </p>
      <p class={hasKey ? 'note warn' : 'note'}>{hasKey ? words.keyOnce : words.keyElsewhere}</p>
      {pkcs12 === null ? null : (
        <FileRow title={words.both} name={`${file}.p12`} text={bytesOf(pkcs12)} isPrimary />
      )}
      {key === null ? null : (
        <FileRow title={words.key} name={`${file}.key`} text={key} isPrimary />
      )}
      <FileRow
        title={words.certificate}
        name={`${file}.crt`}
        text={certificate}
        isPrimary={!hasKey || key !== null}
      />
      <FileRow title={words.anchors} name="ca.crt" text={authority.root.certificate} />
      {key === null ? null : (
        <details>
          <summary>{words.show}</summary>
          <pre class="remedy pem-text">{key}</pre>
        </details>
      )}
      <div class="row">
        <a class="button" href={addressOf(['authority', 'certificates', issued.serial])}>
          {words.view}
        </a>
        <button type="button" class="button" onClick={onNext}>
          {words.another}
        </button>
      </div>
    </section>
  );
}

interface FileRowProps {
  readonly title: string;
  readonly name: string;
  readonly text: string | Uint8Array<ArrayBuffer>;
  readonly isPrimary?: boolean;
}

function FileRow({ title, name, text, isPrimary = false }: FileRowProps): JSX.Element {
  const { download } = texts.value.authority.done;
  return (
    <div class="file-row">
      <span>{title}</span>
      <Download
        name={name}
        text={text}
        label={download(name)}
        look={isPrimary ? 'primary' : 'plain'}
      />
    </div>
  );
}

/** The browser asks before the page with the key is closed. */
function useLeaveWarning(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isOn]);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
