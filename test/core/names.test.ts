import * as fc from 'fast-check';
import { dnsLabel, dnsSubdomain, terraformName, vaultName, vaultPath } from '../../src/core/names';
import { VaultCdkError } from '../../src/errors/error';

const named = { what: 'the name', at: 'app/x (main.ts:3)' };

/** The whole text that a name is refused with. */
function refusal(check: typeof dnsLabel, given: string): string {
  try {
    return `accepted: ${check(given, named)}`;
  } catch (error) {
    return VaultCdkError.is(error) ? error.message : `not an error of ours: ${String(error)}`;
  }
}

interface Parts {
  readonly problem: string;
  readonly code: string;
  readonly given: string;
  readonly allowed: string;
  readonly live: string;
  readonly fix: string;
}
const text = ({ problem, code, given, allowed, live, fix }: Parts) =>
  [
    `${problem} [${code}]`,
    '  at:      app/x (main.ts:3)',
    `  given:   ${JSON.stringify(given)}`,
    `  allowed: ${allowed}`,
    `  live:    ${live}`,
    `  fix:     ${fix}`,
  ].join('\n');

const takes = (check: typeof dnsLabel, names: readonly string[]) =>
  expect(names.map(n => refusal(check, n))).toEqual(names.map(n => `accepted: ${n}`));
const refuses = (check: typeof dnsLabel, names: readonly string[]) =>
  expect(names.filter(n => refusal(check, n).startsWith('accepted'))).toEqual([]);

describe('the name of a namespace (RFC 1123 label)', () => {
  test('is of lower-case letters, digits and "-", and starts and ends with a letter or digit', () => {
    takes(dnsLabel, ['a', '0', 'shop', 'shop-1', '1-shop', 'a--b', 'a'.repeat(63)]);
    refuses(dnsLabel, ['', '-', '-a', 'a-', 'A', 'a.b', 'a_b', 'a b', ' a', 'a\n', 'a/b', 'é', '*', 'a'.repeat(64)]);
  });

  test('is refused in full', () => {
    expect(refusal(dnsLabel, 'Shop')).toBe(
      text({
        problem: 'the name is not a valid name',
        code: 'kubernetes/name',
        given: 'Shop',
        allowed: 'lower-case letters, digits and "-", at most 63',
        live: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        fix: 'change the name',
      }),
    );
    expect(refusal(dnsLabel, 'a'.repeat(64))).toBe(
      text({
        problem: 'the name is too long: 64 bytes',
        code: 'kubernetes/name',
        given: 'a'.repeat(64),
        allowed: 'at most 63',
        live: 'must be no more than 63 characters',
        fix: 'give the name a shorter name',
      }),
    );
  });
});

describe('the name of a service account (RFC 1123 subdomain)', () => {
  test('is of labels with dots between them', () => {
    takes(dnsSubdomain, ['a', 'shop.api', 'a-b.c-d.0', 'a'.repeat(253), `${'a'.repeat(126)}.${'b'.repeat(126)}`]);
    refuses(dnsSubdomain, ['', '.', 'a.', '.a', 'a..b', 'a.-b', 'a-.b', 'A.b', 'a_b', 'a b', 'a\n', 'a'.repeat(254)]);
  });

  test('is refused in full', () => {
    expect(refusal(dnsSubdomain, 'shop..api')).toBe(
      text({
        problem: 'the name is not a valid name',
        code: 'kubernetes/name',
        given: 'shop..api',
        allowed: 'lower-case letters, digits, "-" and ".", at most 253',
        live: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        fix: 'change the name',
      }),
    );
    expect(refusal(dnsSubdomain, 'a'.repeat(254))).toBe(
      text({
        problem: 'the name is too long: 254 bytes',
        code: 'kubernetes/name',
        given: 'a'.repeat(254),
        allowed: 'at most 253',
        live: 'must be no more than 253 characters',
        fix: 'give the name a shorter name',
      }),
    );
  });
});

describe('the name of an object of Vault', () => {
  test('is of letters, digits, "_", "-" and "."', () => {
    takes(vaultName, ['a', '_', '0', 'shop-api', 'shop_api', 'a.b', 'a--b', '_a_', 'a'.repeat(254)]);
    refuses(vaultName, ['', '-', '-a', 'a-', '.a', 'a.', 'A', 'a b', 'a/b', 'a\n', 'é', 'a*', 'a+b', 'a'.repeat(255)]);
  });

  test('is refused in full', () => {
    expect(refusal(vaultName, 'Shop-API')).toBe(
      text({
        problem: 'the name is not a valid name',
        code: 'vault/name',
        given: 'Shop-API',
        allowed: '"shop-api"',
        live: 'silently ignored: Vault stores "shop-api", and Terraform sees a difference at every plan',
        fix: 'change the name',
      }),
    );
    expect(refusal(vaultName, 'shop/api')).toBe(
      text({
        problem: 'the name is not a valid name',
        code: 'vault/name',
        given: 'shop/api',
        allowed: 'letters, digits, "_", "-" and ".", the first and last a letter, digit or "_"',
        live: '404 unsupported path',
        fix: 'change the name',
      }),
    );
    expect(refusal(vaultName, 'a'.repeat(255))).toBe(
      text({
        problem: 'the name is too long: 255 bytes',
        code: 'vault/name',
        given: 'a'.repeat(255),
        allowed: 'at most 254',
        live: 'file name too long',
        fix: 'give the name a shorter name',
      }),
    );
  });

  test('is measured in bytes', () => {
    expect(refusal(vaultName, 'é'.repeat(127))).toContain('is not a valid name');
    expect(refusal(vaultName, 'é'.repeat(128))).toContain('is too long: 256 bytes');
  });
});

describe('a path inside Vault', () => {
  test('is of visible characters in segments between single slashes', () => {
    const long = 'a'.repeat(254);
    takes(vaultPath, [
      'a',
      'secret',
      'shop/db',
      'a/b/c/d',
      'Shop/DB',
      '.hidden',
      '...',
      'a.b/..c',
      'a-b_c',
      'a:b@c=d,e;f',
    ]);
    takes(vaultPath, [`${long}/${long}/${long}`, '{a}', "it's", 'a|b', '<a>', '~', '!$&()']);
    refuses(vaultPath, ['', '/', 'a/', '/a', 'a//b', ' a', 'a ', 'a b', 'a*', 'a/+/b', '.', '..', 'a/..', './a']);
    refuses(vaultPath, [
      '{{a}}',
      'a}}',
      'a${b',
      'a%{b',
      'é',
      'a\nb',
      'a\u00a0b',
      'a"b',
      'a\\b',
      'a#b',
      'a?b',
      'a%2fb',
      `${long}b`,
    ]);
  });

  const visible = 'segments of visible characters, separated by single slashes, e.g. "shop/db"';
  const denied = '403 permission denied';
  const wildcards = 'silently ignored: in a policy "*" and "+" are wildcards, and the rule would match other paths too';

  test.each([
    ['', 'is empty', visible, '404 unsupported path', 'change the name'],
    [' shop/db', 'has a space at an end', '"shop/db"', denied, 'write "shop/db"'],
    ['shop/db\n', 'has a space at an end', '"shop/db"', denied, 'write "shop/db"'],
    [
      '//shop/db/',
      'has a slash at an end',
      '"shop/db"',
      'value for "path" contains leading/trailing "/"',
      'write "shop/db"',
    ],
    ['shop/*', 'contains the wildcard "*"', visible, wildcards, 'change the name'],
    ['shop/a+b', 'contains the wildcard "+"', visible, wildcards, 'change the name'],
    ['shop///db', 'has an empty segment', '"shop/db"', denied, 'write "shop/db"'],
    ['shop/../db', 'has a relative segment', visible, '400 path cannot contain parent references', 'change the name'],
    ['shop/{{name}}', 'contains the braces of a template', visible, denied, 'change the name'],
    ['shop/${name}', 'contains the braces of a template', visible, denied, 'change the name'],
    ['shop/%{if}', 'contains the braces of a template', visible, denied, 'change the name'],
    ['shop/the db', 'has a space or a character that is not visible ASCII', visible, denied, 'change the name'],
    ['shop/dé', 'has a space or a character that is not visible ASCII', visible, denied, 'change the name'],
    ['shop/d\u0000', 'has a space or a character that is not visible ASCII', visible, denied, 'change the name'],
    ['a"b', 'contains "\\"", which a URL or a policy reads differently', visible, denied, 'change the name'],
    ['a\\b', 'contains "\\\\", which a URL or a policy reads differently', visible, denied, 'change the name'],
    ['a?b', 'contains "?", which a URL or a policy reads differently', visible, denied, 'change the name'],
  ])('is refused in full: %j %s', (given, problem, allowed, live, fix) => {
    const parts = { problem: `the name ${problem}`, code: 'vault/path', given, allowed, live, fix };
    expect(refusal(vaultPath, given)).toBe(text(parts));
  });

  test('is refused in full when a segment is too long, by that segment', () => {
    const long = 'b'.repeat(255);
    expect(refusal(vaultPath, `a/${long}/c`)).toBe(
      text({
        problem: 'the name is too long: 255 bytes',
        code: 'vault/path',
        given: long,
        allowed: 'at most 254',
        live: 'file name too long',
        fix: 'give the name a shorter name',
      }),
    );
  });

  test('is never told to be something that would be refused again', () => {
    const wrong = fc
      .array(fc.constantFrom('a', '/', ' ', '.', '*', '{{', 'é', '\t'), { maxLength: 6 })
      .map(parts => parts.join(''));
    fc.assert(
      fc.property(wrong, path => {
        const [, proposed] = /^ {2}fix: {5}write (".*")$/m.exec(refusal(vaultPath, path)) ?? [];
        if (proposed === undefined) return;
        const again = JSON.parse(proposed) as string;
        expect(refusal(vaultPath, again)).toBe(`accepted: ${again}`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the Terraform name of an object', () => {
  test.each([
    ['shop', 'shop'],
    ['Shop_1-a', 'Shop_1-a'],
    ['_', '_'],
    ['shop-api', 'shop-api'],
    ['shop.api', 'shop_api_7c7e2e85'],
    ['shop/api', 'shop_api_737a40b9'],
    ['1shop', '_1shop_f03ca494'],
    ['-shop', '_-shop_77c19d9e'],
    ['shop:é', 'shop___0e2a898c'],
  ])('of %j is %s', (name, expected) => {
    expect(terraformName(name)).toBe(expected);
  });

  test('is one that Terraform takes, and another for another name', () => {
    const names = fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[a-c./_-]{1,4}$/));
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(terraformName(a)).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
        expect(terraformName(a) === terraformName(b)).toBe(a === b);
      }),
      { numRuns: 1000 },
    );
  });
});
