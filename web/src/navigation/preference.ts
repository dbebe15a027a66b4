/** A choice that this browser keeps; null: none was made, or it keeps nothing. */
export function readPreference<Choice extends string>(
  name: string,
  choices: readonly Choice[],
): Choice | null {
  try {
    const kept = localStorage.getItem(`countersign.${name}`);
    return choices.find((choice) => choice === kept) ?? null;
  } catch {
    return null;
  }
}

export function writePreference(name: string, choice: string): void {
  try {
    localStorage.setItem(`countersign.${name}`, choice);
  } catch {
    // It holds until the page is closed.
  }
}
