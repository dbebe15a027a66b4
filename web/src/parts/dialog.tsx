import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { texts } from '../language/language.ts';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly isNarrow?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** The buttons at its foot. */
  readonly foot: ComponentChildren;
  /** Called when the form is sent, by Enter or the submit button. */
  readonly onSubmit: () => void;
}

/** A question that has to be answered first: the browser keeps the focus within, Escape closes it. */
export function Dialog({
  title,
  isNarrow = false,
  onClose,
  children,
  foot,
  onSubmit,
}: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isNarrow ? 'dialog narrow' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <div class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button
            type="button"
            class="button quiet"
            aria-label={texts.value.common.close}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        {/* It scrolls where the window is low, which the keyboard has to be able to do. */}
        <div class="dialog-body" role="group" aria-labelledby={titleId} tabIndex={0}>
          {children}
        </div>
        <div class="dialog-foot">{foot}</div>
      </form>
    </dialog>
  );
}
