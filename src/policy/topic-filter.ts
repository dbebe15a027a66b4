/**
 * Topics as MQTT has them (5.0, section 4.7): levels between slashes, any of them empty, `+` for one
 * level, a last `#` for the level before it and all below. What starts with `$` is no match for a filter
 * that starts with a wildcard. Texts may be byte strings, one character a byte.
 */

/** Whether the text is the name of one topic: not empty, no wildcard, no NUL. */
export function isTopicName(text: string): boolean {
  return text !== '' && !/[+#\0]/.test(text);
}

/** Whether the text is a filter: wildcards only as whole levels, `#` only as the last. */
export function isTopicFilter(text: string): boolean {
  if (text === '' || text.includes('\0')) return false;
  if (!/[+#]/.test(text)) return true;
  const levels = text.split('/');
  const last = levels.length - 1;
  return levels.every(
    (level, index) => level === '+' || (level === '#' && index === last) || !/[+#]/.test(level),
  );
}

/** A filter with the group that shares its messages; null: it is not shared. */
export interface Subscription {
  readonly group: string | null;
  readonly filter: string;
}

/** Reads a filter or `$share/GROUP/FILTER` (5.0, section 4.8.2); null where it is neither. */
export function readSubscription(text: string): Subscription | null {
  if (!text.startsWith(SHARED)) {
    return text !== '$share' && isTopicFilter(text) ? { group: null, filter: text } : null;
  }
  const slash = text.indexOf('/', SHARED.length);
  if (slash === -1) return null;
  const group = text.slice(SHARED.length, slash);
  const filter = text.slice(slash + 1);
  return isTopicName(group) && isTopicFilter(filter) ? { group, filter } : null;
}

const SHARED = '$share/';
