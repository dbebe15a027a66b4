import { request } from '../api/client.ts';
import { ApiProblem } from '../api/problem.ts';
import { session } from './state.ts';

const PATH = '/v1/session';

/** Takes up the session that the browser has, from before or from the link that was printed. */
export async function begin(): Promise<void> {
  try {
    await request('GET', PATH);
    session.value = 'in';
  } catch {
    session.value = 'out';
  }
}

/** Rejects with ApiProblem: 401 where the token is wrong, 429 after too many of them. */
export async function logIn(token: string): Promise<void> {
  // No other characters can stand in a header, nor in a token.
  if (!/^[!-~]+$/.test(token)) throw new ApiProblem(401, '');
  await request('POST', PATH, { token });
  session.value = 'in';
}

export async function logOut(): Promise<void> {
  try {
    await request('DELETE', PATH);
  } finally {
    session.value = 'out';
  }
}
