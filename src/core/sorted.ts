/** The same items by a key, in the order of code units: one order on every machine, whatever its language. */
export function sortedBy<T>(items: Iterable<T>, key: (item: T) => string): readonly T[] {
  return [...items]
    .map(item => [key(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);
}
