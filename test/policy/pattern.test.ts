import * as fc from 'fast-check';
import { comparePriority, matchesPattern, parsePattern } from '../../src/policy/pattern';

describe('a policy path is filed', () => {
  const exact = { kind: 'exact', glob: false, firstWildcard: Infinity, plusSegments: 0, segments: [] };
  const prefix = { kind: 'prefix', glob: true, plusSegments: 0, segments: [] };
  const segment = { kind: 'segment', glob: false };

  test.each([
    ['kv/a', { ...exact, key: 'kv/a', body: 'kv/a' }],
    ['/kv/a', { ...exact, key: 'kv/a', body: 'kv/a' }],
    ['//kv/a', { ...exact, key: '/kv/a', body: '/kv/a' }],
    ['kv/', { ...exact, key: 'kv/', body: 'kv/' }],
    ['', { ...exact, key: '', body: '' }],
    ['kv/*/x', { ...exact, key: 'kv/*/x', body: 'kv/*/x' }],
    ['a+b', { ...exact, key: 'a+b', body: 'a+b' }],
    ['a+/b', { ...exact, key: 'a+/b', body: 'a+/b' }],
    ['*', { ...prefix, key: '*', body: '', firstWildcard: 0 }],
    ['kv/*', { ...prefix, key: 'kv/*', body: 'kv/', firstWildcard: 3 }],
    ['/kv*', { ...prefix, key: 'kv*', body: 'kv', firstWildcard: 2 }],
    ['kv/**', { ...prefix, key: 'kv/**', body: 'kv/*', firstWildcard: 4 }],
    ['a+b*', { ...prefix, key: 'a+b*', body: 'a+b', firstWildcard: 3 }],
    ['+', { ...segment, key: '+', body: '+', firstWildcard: 0, plusSegments: 1, segments: ['+'] }],
    ['/+', { ...segment, key: '+', body: '+', firstWildcard: 0, plusSegments: 1, segments: ['+'] }],
    ['+/a', { ...segment, key: '+/a', body: '+/a', firstWildcard: 0, plusSegments: 1, segments: ['+', 'a'] }],
    ['a/+', { ...segment, key: 'a/+', body: 'a/+', firstWildcard: 2, plusSegments: 1, segments: ['a', '+'] }],
    ['a/+b', { ...segment, key: 'a/+b', body: 'a/+b', firstWildcard: 2, plusSegments: 0, segments: ['a', '+b'] }],
    [
      'a+b/+/c',
      { ...segment, key: 'a+b/+/c', body: 'a+b/+/c', firstWildcard: 1, plusSegments: 1, segments: ['a+b', '+', 'c'] },
    ],
    [
      '+/+/*',
      {
        ...segment,
        key: '+/+/*',
        body: '+/+/',
        glob: true,
        firstWildcard: 0,
        plusSegments: 2,
        segments: ['+', '+', ''],
      },
    ],
    [
      'a/+/b*',
      {
        ...segment,
        key: 'a/+/b*',
        body: 'a/+/b',
        glob: true,
        firstWildcard: 2,
        plusSegments: 1,
        segments: ['a', '+', 'b'],
      },
    ],
  ] as const)('%j', (path, expected) => {
    expect(parsePattern(path)).toEqual(expected);
  });
});

test.each([
  // An exact path: itself.
  ['kv/a', ['kv/a'], ['kv', 'kv/', 'kv/a/', 'kv/ab', '/kv/a', 'KV/a']],
  ['kv/*/x', ['kv/*/x'], ['kv/a/x', 'kv//x']],
  ['a+b', ['a+b'], ['axb', 'a+bc']],
  // A prefix: all that starts with it.
  ['*', ['', 'a', 'a/b'], []],
  ['kv/a*', ['kv/a', 'kv/ab', 'kv/a/b/c', 'kv/a/'], ['kv/', 'kv/b']],
  ['kv/*', ['kv/', 'kv/a', 'kv/a/b'], ['kv', 'kvx/']],
  ['kv/**', ['kv/*', 'kv/*a'], ['kv/a']],
  // A "+": one segment, even an empty one.
  ['+', ['a', ''], ['a/b', 'a/']],
  ['kv/+', ['kv/a', 'kv/'], ['kv', 'kv/a/b', 'kv/a/']],
  ['kv/+/', ['kv/a/', 'kv//'], ['kv/a', 'kv/a/b']],
  ['+/a', ['x/a', '/a'], ['a', 'x/y/a']],
  ['a/+b', ['a/+b'], ['a/xb', 'a/b']],
  ['a+b/+', ['a+b/x'], ['axb/x', 'a/b/x']],
  // Both: as many segments, then the rest is free.
  ['+/*', ['a/', 'a/b', 'a/b/c', '/b'], ['a', '']],
  ['a/+/b*', ['a/x/b', 'a/x/bc', 'a/x/b/c', 'a//b'], ['a/x', 'a/x/c', 'a/b', 'a/x/y/b']],
  ['test/+/wc/+/*', ['test/s/wc/at/end', 'test/s/wc/at/foo/'], ['test/s/wc/at', 'test/s/wd/at/end']],
] as const)('%j matches %j and none of %j', (pattern, matching, others) => {
  const parsed = parsePattern(pattern);
  expect(matching.filter(path => !matchesPattern(parsed, path))).toEqual([]);
  expect(others.filter(path => matchesPattern(parsed, path))).toEqual([]);
});

describe('the order of preference', () => {
  // Greatest first; each is preferred to all below it.
  const ORDER = [
    'foo/bar/+',
    'foo/bar/*',
    'foo/bar*',
    'foo/ba*',
    'foo/+/bar/b',
    'foo/+/bar',
    'foo/+/ba',
    'foo/+/+/c',
    'foo/*',
    'foo/+/bar*',
    'foo/+/b*',
    'foo/+/+/c*',
    'fo*',
    '+/bar/bar',
    '+/+/bar',
    '*',
    '+/bar/*',
    '+/*',
  ];

  test('is one list: whatever stands earlier wins against whatever stands later', () => {
    const wrong = ORDER.flatMap((a, i) =>
      ORDER.slice(i + 1)
        .filter(b => comparePriority(parsePattern(a), parsePattern(b)) <= 0)
        .map(b => `${a} against ${b}`),
    );
    expect(wrong).toEqual([]);
  });

  const path = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', '+', 'a+', ''), { minLength: 1, maxLength: 4 }), fc.constantFrom('', '*'))
    .map(([segments, end]) => segments.join('/') + end)
    .filter(p => !p.includes('+*'));

  test('is the same from both sides, and a tie only of equal patterns', () => {
    fc.assert(
      fc.property(path, path, (left, right) => {
        const [a, b] = [parsePattern(left), parsePattern(right)];
        expect(Math.sign(comparePriority(a, b))).toBe(-Math.sign(comparePriority(b, a)) + 0);
        if (a.kind !== 'exact' && b.kind !== 'exact') expect(comparePriority(a, b) === 0).toBe(a.key === b.key);
      }),
    );
  });

  test('has no circles', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 3, maxLength: 6 }), paths => {
        const sorted = paths.map(parsePattern).sort(comparePriority);
        sorted.forEach((a, i) => sorted.slice(i).forEach(b => expect(comparePriority(a, b)).toBeLessThanOrEqual(0)));
      }),
    );
  });
});
