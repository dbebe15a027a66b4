/**
 * Pairs the elements of two lists that are the same by `keyOf`, in order; what only one of them has
 * stands alone. The longest common subsequence decides.
 */
export function sideBySide<T>(
  left: readonly T[],
  right: readonly T[],
  keyOf: (element: T) => string,
): (readonly [T | null, T | null])[] {
  const lengths = commonLengths(left.map(keyOf), right.map(keyOf));
  const rows: (readonly [T | null, T | null])[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const one = left[l] ?? null;
    const other = right[r] ?? null;
    if (one !== null && other !== null && keyOf(one) === keyOf(other)) {
      rows.push([one, other]);
      l++;
      r++;
    } else if (other === null || (one !== null && lengths[l + 1][r] >= lengths[l][r + 1])) {
      rows.push([one, null]);
      l++;
    } else {
      rows.push([null, other]);
      r++;
    }
  }
  return rows;
}

/** Length of the longest common subsequence from each pair of positions on. */
function commonLengths(left: readonly string[], right: readonly string[]): number[][] {
  const lengths = Array.from({ length: left.length + 1 }, () =>
    Array.from({ length: right.length + 1 }, () => 0),
  );
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      lengths[l][r] =
        left[l] === right[r]
          ? lengths[l + 1][r + 1] + 1
          : Math.max(lengths[l + 1][r], lengths[l][r + 1]);
    }
  }
  return lengths;
}
