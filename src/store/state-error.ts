/** What is kept in a directory of state can't be used. The message says what and where, and no secret. */
export class StateError extends Error {
  override readonly name = 'StateError';
}
