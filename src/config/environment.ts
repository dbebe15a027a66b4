/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Substitution =
  | { readonly kind: 'done'; readonly value: string }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Replaces `${NAME}` by the variable's value, once: what a variable holds is not looked at again.
 * `$${` stands for `${`. A variable that isn't set is a failure; an empty one is empty text.
 */
export function substituteEnvironment(text: string, environment: Environment): Substitution {
  if (!text.includes('${')) return { kind: 'done', value: text };
  let failure: string | null = null;
  const value = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, name?: string, close?: string) => {
    if (name === undefined) return '${';
    if (close === '' || !/^[A-Za-z_]\w*$/.test(name)) {
      failure ??=
        'after "${" comes the name of an environment variable and "}"; "$${" stands for "${" itself';
      return whole;
    }
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (found === undefined) failure ??= `the environment variable ${name} is not set`;
    return found ?? '';
  });
  return failure === null ? { kind: 'done', value } : { kind: 'failed', message: failure };
}
