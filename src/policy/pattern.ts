/**
 * A policy path as Vault files it: an exact text, a prefix (`a/b*`), or a text with `+` for whole segments.
 * Source: Vault `policy.go`, `parsePaths`; the order of steps matters.
 */
export interface Pattern {
  /** The path without its one leading slash: the key under which equal rules merge. */
  readonly key: string;
  /** Which of Vault's three stores holds it. */
  readonly kind: 'exact' | 'prefix' | 'segment';
  /** The text without a trailing `*`. */
  readonly body: string;
  /** Whether it ended in `*`. */
  readonly glob: boolean;
  /** Offset of the first wildcard, in bytes. */
  readonly firstWildcard: number;
  /** Number of segments that are `+`. */
  readonly plusSegments: number;
  /** The segments of the body, split once; only segment patterns are matched by them. */
  readonly segments: readonly string[];
}

/** Files a policy path the way Vault does. */
export function parsePattern(path: string): Pattern {
  const key = path.startsWith('/') ? path.slice(1) : path;
  const glob = key.endsWith('*');
  const body = glob ? key.slice(0, -1) : key;
  const segmented = key === '+' || key.startsWith('+/') || key.includes('/+');
  if (!segmented) {
    const firstWildcard = glob ? Buffer.byteLength(body) : Infinity;
    return { key, kind: glob ? 'prefix' : 'exact', body, glob, firstWildcard, plusSegments: 0, segments: [] };
  }
  const segments = body.split('/');
  const plusSegments = segments.filter(s => s === '+').length;
  return {
    key,
    kind: 'segment',
    body,
    glob,
    firstWildcard: Buffer.byteLength(key.slice(0, key.indexOf('+'))),
    plusSegments,
    segments,
  };
}

/** Whether a prefix or segment pattern matches a request path. `+` matches the empty segment too. */
export function matchesPattern(pattern: Pattern, path: string): boolean {
  if (pattern.kind === 'exact') return pattern.body === path;
  if (pattern.kind === 'prefix') return path.startsWith(pattern.body);
  const parts = path.split('/');
  const { segments, glob } = pattern;
  if (glob ? parts.length < segments.length : parts.length !== segments.length) return false;
  return segments.every((segment, i) => {
    const part = parts[i] ?? '';
    if (segment === '+' || segment === part) return true;
    return glob && i === segments.length - 1 && part.startsWith(segment);
  });
}

/**
 * Which of two matching patterns Vault prefers; positive when `a` wins.
 * Source: Vault `acl.go`, the sort of wildcard paths: five criteria, the first difference decides.
 */
export function comparePriority(a: Pattern, b: Pattern): number {
  if (a.firstWildcard !== b.firstWildcard) return a.firstWildcard - b.firstWildcard;
  if (a.glob !== b.glob) return a.glob ? -1 : 1;
  if (a.plusSegments !== b.plusSegments) return b.plusSegments - a.plusSegments;
  const [x, y] = [Buffer.from(a.body), Buffer.from(b.body)];
  return x.length === y.length ? Buffer.compare(x, y) : x.length - y.length;
}
