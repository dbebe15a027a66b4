import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';
import { texts } from '../language/language.ts';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';

interface ConfirmationProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly confirm: string;
  readonly isDangerous: boolean;
  /** What will happen. */
  readonly children: ComponentChildren;
  readonly onClose: () => void;
  /** Rejects with ApiProblem, which is shown. */
  readonly onConfirm: () => Promise<void>;
}

/** Asks before something is done that clients notice. */
export function Confirmation(props: ConfirmationProps): JSX.Element {
  const { title, confirm, isDangerous, children, onClose, onConfirm } = props;
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const act = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    try {
      await onConfirm();
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, ''));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      isNarrow
      onClose={onClose}
      onSubmit={() => void act()}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            {texts.value.common.cancel}
          </button>
          <button
            type="submit"
            class={isDangerous ? 'button danger filled' : 'button primary'}
            disabled={isBusy}
          >
            {confirm}
          </button>
        </>
      }
    >
      {children}
      {problem === null ? null : <ProblemNote problem={problem} />}
    </Dialog>
  );
}
