import { bundle, type Edit, type Flaw, saidOf } from '../support/bundle';
import { inFolder, run } from '../support/folder';

// The other flaws of the same bundle are in the tests of the rules beside this file: each is one edit, reported by one
// finding at its place, and by no other rule.
describe('vault-cdk check over the files of a team that has never seen vault-cdk', () => {
  test('says nothing where they are right, and ends with 0', () => {
    expect(inFolder(bundle(), () => run('check', '.'))).toEqual({
      code: 0,
      out: 'Checked 1 Terraform stack and 4 manifests: 0 errors, 0 warnings, 0 notes\n',
      err: [''],
    });
  });

  const DATABASE = '      - objectName: username\n        secretPath: database/creds/shop\n';
  const ROLE_OF_TLS: Edit = [
    '    roleName: shop-api\n    audience: vault\n    objects: |\n      - objectName: tls.crt',
    '    roleName: shop-web\n    audience: vault\n    objects: |\n      - objectName: tls.crt',
  ];

  test.each<Flaw>([
    [
      'a role that nobody makes',
      [ROLE_OF_TLS],
      [
        'error VC101: SecretProviderClass shop/tls logs in as role "shop-web", but auth/kubernetes has no role "shop-web"',
        '  at:      prod/shop.yaml:37',
        '  live:    400 invalid role name "..."',
        '  fix:     name a role of that auth mount, or declare the workload so that the role is made',
      ],
    ],
    [
      'an audience that the role does not take',
      [
        [
          '    audience: vault\n    objects: |\n      - objectName: username',
          '    audience: shop\n    objects: |\n      - objectName: username',
        ],
      ],
      [
        'error VC103: SecretProviderClass shop/db asks for a token for "shop", but role "shop-api" takes only "vault" (stacks/vault/cdk.tf.json)',
        '  at:      prod/shop.yaml:5',
        '  live:    invalid audience (aud) claim: audience claim does not match any expected audience',
        '  fix:     state one audience on the auth mount; the role and every consumer then print it',
      ],
    ],
    [
      'a class that is not there',
      [['              secretProviderClass: db', '              secretProviderClass: database']],
      [
        'error VC104: Deployment shop/api mounts the SecretProviderClass "database", which is not in namespace "shop"',
        '  at:      prod/shop.yaml:67',
        '  live:    failed to get secretproviderclass ..., error: secretproviderclasses.secrets-store.csi.x-k8s.io "..." not found',
        '  fix:     print the SecretProviderClass in the namespace of the pods',
        'error VC660: Deployment shop/api reads the Secret "api-env", and does not mount SecretProviderClass "db", which fills it',
        '  at:      prod/shop.yaml:96',
        '  live:    CreateContainerConfigError: secret "api-env" not found',
        '  fix:     mount the volume of that SecretProviderClass in the same pods, or read a Secret that is there by itself',
      ],
    ],
    [
      'a secret that the policy does not grant',
      [[DATABASE, '      - { objectName: other, secretPath: secret/data/shop/other, secretKey: key }\n' + DATABASE]],
      [
        'error VC201: SecretProviderClass shop/db reads "secret/data/shop/other", which role "shop-api" may not read: no rule matches',
        '  at:      prod/shop.yaml:5',
        '  live:    403 permission denied',
        '  fix:     declare the consumption, so that the policy is derived from it, or grant the path',
      ],
    ],
    [
      'a certificate whose key goes nowhere',
      [['        - { objectName: tls.key, key: tls.key }\n', '']],
      [
        'error VC503: the Secret shop/api-tls of type kubernetes.io/tls is filled without "tls.key"',
        '  at:      prod/shop.yaml:37',
        '  live:    Required value',
        '  fix:     deliver the missing key into the same Secret, or use the type Opaque',
      ],
    ],
    [
      'a role that is for every pod of the cluster',
      [
        ['          "api"\n        ],', '          "*"\n        ],'],
        ['          "shop"\n        ],', '          "*"\n        ],'],
      ],
      [
        'error VC301: role "shop-api" binds "*" in "*"',
        '  at:      stacks/vault/cdk.tf.json:25',
        '  live:    silently ignored: Vault takes "*" for both',
        '  fix:     bind one service account in one namespace',
      ],
    ],
    [
      'a policy that is nowhere',
      [['          "${vault_policy.api.name}"', '          "${vault_policy.api.name}",\n          "monitoring-read"']],
      [
        'warning VC205: role "shop-api" carries the policy "monitoring-read", of which nothing is known: it is not among what was read',
        '  at:      stacks/vault/cdk.tf.json:25',
        '  live:    silently ignored: the login succeeds, and every read is 403 permission denied',
        '  fix:     print the policy with the role, or read its text too',
      ],
    ],
  ])('finds %s, in the file and at the line', (_, edits, said) => {
    // What is not known for that reason is said in notes.
    expect(
      saidOf(...edits)
        .join('\n')
        .split('\nnote ')[0]
        ?.split('\n'),
    ).toEqual(said);
  });

  test.each<[string, Edit, string]>([
    ['account', ['      serviceAccountName: api\n', '      serviceAccountName: web\n'], 'shop/web'],
    [
      'namespace',
      ['  name: api\n  namespace: shop\nspec:\n  selector', '  name: api\n  namespace: web\nspec:\n  selector'],
      'web',
    ],
  ])('finds pods of another %s', (_, edit, who) => {
    const errors = saidOf(edit).filter(line => line.startsWith('error'));

    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter(line => !line.includes(who))).toEqual([]);
  });

  test('says once for each volume that pods run as another account, naming both sides', () => {
    expect(saidOf(['      serviceAccountName: api\n', '      serviceAccountName: web\n'])).toEqual(
      [0, 1].flatMap(() => [
        'error VC102: Deployment shop/api runs as shop/web, but role "shop-api" admits service accounts "api" in namespaces "shop" (stacks/vault/cdk.tf.json)',
        '  at:      prod/shop.yaml:67',
        '  live:    403 service account name not authorized, or 403 namespace not authorized',
        '  fix:     let the pods run as an account that the role binds, in a namespace that it binds',
      ]),
    );
  });
});
