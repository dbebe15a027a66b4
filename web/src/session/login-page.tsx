import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';
import { texts } from '../language/language.ts';
import { LanguageSwitch } from '../language/language-switch.tsx';
import { Brand } from '../navigation/brand.tsx';
import { Field } from '../parts/field.tsx';
import { ThemeSwitch } from '../theme/theme-switch.tsx';
import { logIn } from './session.ts';
import './login.css';

export function LoginPage(): JSX.Element {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const words = texts.value.login;
  useEffect(() => {
    document.title = 'Countersign';
  }, []);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await logIn(token.trim());
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, ''));
      setBusy(false);
    }
  };
  return (
    <main class="login">
      <div class="card login-card">
        <Brand />
        <h1>{words.title}</h1>
        <form
          class="stack"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Field
            label={words.token}
            hint={words.hint}
            error={problem === null ? null : messageOf(problem)}
            control={(ids) => (
              <input
                {...ids}
                class="input mono"
                type="password"
                autocomplete="off"
                spellcheck={false}
                value={token}
                onInput={(event) => setToken(event.currentTarget.value)}
              />
            )}
          />
          <button type="submit" class="button primary" disabled={isBusy || token.trim() === ''}>
            {words.enter}
          </button>
        </form>
        <div class="row login-foot">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </div>
    </main>
  );
}

function messageOf({ status, message }: ApiProblem): string {
  const { wrong, wait } = texts.value.login;
  if (status === 401) return wrong;
  if (status === 429) return wait;
  return message === '' ? texts.value.common.unreachable : message;
}
