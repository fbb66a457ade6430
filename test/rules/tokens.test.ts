import { type Flaw, saidOf } from '../support/bundle';

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
});

describe('VC331: a role asks for no audience', () => {
  test.each<Flaw>([
    [
      'a role without an audience',
      [['        "audience": "vault",\n', '']],
      [
        'warning VC331: role "shop-api" asks for no audience',
        '  at:      stacks/vault/cdk.tf.json:25',
        '  live:    Role ... does not have an audience configured. While audiences are not required, consider specifying one if your use case would benefit from additional JWT claim verification',
        '  fix:     set audience on the role, and the same one on whatever logs in',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC332: a role sets "audiences", which there is not', () => {
  test.each<Flaw>([
    [
      'a list of audiences',
      [['        "audience": "vault",\n', '        "audience": "vault",\n        "audiences": ["vault"],\n']],
      [
        'error VC332: role "shop-api" sets audiences',
        '  at:      stacks/vault/cdk.tf.json:35',
        '  live:    Extraneous JSON object property; by hand: Endpoint ignored these unrecognized parameters: [audiences]',
        '  fix:     name it audience, and give it one text',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC334: a role lets its tokens live longer than their maximum', () => {
  test.each<Flaw>([
    [
      'a token_ttl above the token_max_ttl',
      [['"token_ttl": 3600', '"token_ttl": 36000']],
      [
        'error VC334: role "shop-api" has a token_ttl of 36000 s, and a token_max_ttl of 28800 s',
        '  at:      stacks/vault/cdk.tf.json:39',
        "  live:    400 'token_ttl' cannot be greater than 'token_max_ttl'",
        '  fix:     make token_ttl at most token_max_ttl',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC335: a role reads credentials that may live longer than its token', () => {
  test.each<Flaw>([
    [
      'a token_max_ttl below that of the lease',
      [['"token_max_ttl": 28800', '"token_max_ttl": 7200']],
      [
        'warning VC335: role "shop-api" reads "database/creds/shop", whose leases live up to 28800 s, and its tokens live up to 7200 s (stacks/vault/cdk.tf.json)',
        '  at:      stacks/vault/cdk.tf.json:40',
        '  live:    silently ignored: the lease is revoked with its token, and the database answers password authentication failed',
        '  fix:     make token_max_ttl at least the max_ttl of the database role, or shorten that one',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent about a lease of the same length', () => {
    expect(saidOf(['"max_ttl": 28800\n', '"max_ttl": "28800"\n'])).toEqual([]);
  });

  test('is silent about a database that the role may not read', () => {
    expect(
      saidOf(['"name": "shop",\n', '"name": "other",\n'], ['"token_max_ttl": 28800', '"token_max_ttl": 7200']),
    ).toEqual([]);
  });
});

describe('VC336: a role names its auth mount with auth/ before it', () => {
  test.each<Flaw>([
    [
      'a backend with auth/ before it',
      [
        [
          '"backend": "${vault_auth_backend.kubernetes.path}",\n        "role_name"',
          '"backend": "auth/kubernetes",\n        "role_name"',
        ],
      ],
      [
        'error VC336: role "shop-api" is on "auth/kubernetes", which is auth/auth/kubernetes',
        '  at:      stacks/vault/cdk.tf.json:26',
        '  live:    404 no handler for route "auth/auth/..."',
        '  fix:     write the path alone: kubernetes, not auth/kubernetes',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC337: a role carries the policy "root"', () => {
  test.each<Flaw>([
    [
      'the policy root',
      [['          "${vault_policy.api.name}"', '          "${vault_policy.api.name}",\n          "root"']],
      [
        'error VC337: role "shop-api" carries the policy "root"',
        '  at:      stacks/vault/cdk.tf.json:35',
        '  live:    400 auth methods cannot create root tokens',
        '  fix:     name the policies that the workload needs',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});
