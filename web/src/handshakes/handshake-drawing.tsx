import type { JSX } from 'preact';
import type { HandshakeView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { type Step, stepsOf } from './steps.ts';
import './handshake-drawing.css';

/** The messages of both sides in their order, down to where it stopped. */
export function HandshakeDrawing({
  handshake,
}: {
  readonly handshake: HandshakeView;
}): JSX.Element {
  const words = texts.value.handshakes;
  const { outcome } = handshake;
  return (
    <div class="drawing">
      <div class="drawing-heads" aria-hidden="true">
        <span>
          <Icon name="clients" />
          {words.client}
        </span>
        <span>
          {words.gateway}
          <Icon name="certificate" />
        </span>
      </div>
      <ol>
        {stepsOf(handshake).map((step) => (
          <StepRow key={`${step.from} ${step.name}`} step={step} handshake={handshake} />
        ))}
      </ol>
      {outcome === 'pending' ? <p class="soft">{words.ongoing}</p> : null}
    </div>
  );
}

interface StepRowProps {
  readonly step: Step;
  readonly handshake: HandshakeView;
}

function StepRow({ step, handshake }: StepRowProps): JSX.Element {
  const { handshakes: words, causes } = texts.value;
  const { name, from, state } = step;
  const isOwn = name === 'verdict' || name === 'admitted';
  const { title, text } = words.messages[name];
  const { cause } = handshake;
  const told = state === 'done' || cause === null ? null : (causes[cause] ?? cause);
  const note = noteOn(step, handshake);
  return (
    <li
      class={`step from-${from} ${state} ${isOwn ? 'own' : ''} ${name === 'admitted' ? name : ''}`}
    >
      <span class="hidden-text">{from === 'client' ? words.client : words.gateway}: </span>
      <div class="step-body">
        <p class="step-title">{title}</p>
        <p class="soft small">{text}</p>
        {note === null ? null : (
          <p class="small mono">
            <ForeignText text={note} most={160} />
          </p>
        )}
        {told === null ? null : (
          <p class="step-fault">
            <Icon name={state === 'stopped' ? 'cross' : 'warning'} />
            <span>{state === 'stopped' ? `${words.stoppedHere}: ${told}` : told}</span>
          </p>
        )}
      </div>
    </li>
  );
}

/** The values that a message carried. */
function noteOn({ name }: Step, handshake: HandshakeView): string | null {
  const { sni, version, cipher, alpn, peer, certificate, user, offered_versions } = handshake;
  switch (name) {
    case 'clientHello':
      return [sni, ...offered_versions].filter((part) => part !== null).join(' · ') || null;
    case 'serverHello':
    case 'serverHello12':
      return [version, cipher].filter((part) => part !== null).join(' · ') || null;
    case 'encryptedExtensions':
      return alpn;
    case 'serverCertificate':
      return certificate === null ? null : (certificate.split('/').at(-1) ?? null);
    case 'clientCertificate':
      return peer?.subject ?? null;
    case 'admitted':
      return user;
    default:
      return null;
  }
}
