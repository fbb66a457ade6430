import { bundle, type Flaw, saidOf } from '../support/bundle';
import { findingText } from 'vault-cdk';
import { checked } from '../support/folder';
import { textOf } from '../support/said';

const CLASS = `apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: db, namespace: shop }
`;

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
});

describe('VC601: a SecretProviderClass names no provider, or has no parameters', () => {
  test.each<Flaw>([
    [
      'a class without a provider',
      [
        [
          'kind: SecretProviderClass\nmetadata:\n  name: tls\n  namespace: shop\nspec:\n  provider: vault\n',
          'kind: SecretProviderClass\nmetadata:\n  name: tls\n  namespace: shop\nspec:\n  provider: ""\n',
        ],
      ],
      [
        'error VC601: SecretProviderClass shop/tls names no provider',
        '  at:      prod/shop.yaml:37',
        '  live:    provider not set in shop/tls',
        '  fix:     set provider: vault, and the parameters that it needs',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is said of a class without parameters', () => {
    const spc = `${CLASS}spec: { provider: vault, parameters: {} }\n`;

    expect(checked({ 'prod/a.yaml': spc }).map(findingText)).toContain(
      [
        'error VC601: SecretProviderClass shop/db has no parameters',
        '  at:      prod/a.yaml:1',
        '  live:    parameters not set in shop/db',
        '  fix:     set provider: vault, and the parameters that it needs',
      ].join('\n'),
    );
  });

  test('is silent about the classes of other providers', () => {
    expect(
      checked({ 'prod/a.yaml': `${CLASS}spec: { provider: azure, parameters: { keyvaultName: shop } }\n` }),
    ).toEqual([]);
  });
});

describe('VC602: a SecretProviderClass is of another version than v1', () => {
  test.each<Flaw>([
    [
      'a class of v1alpha1',
      [
        [
          'secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata:\n  name: tls',
          'secrets-store.csi.x-k8s.io/v1alpha1\nkind: SecretProviderClass\nmetadata:\n  name: tls',
        ],
      ],
      [
        'error VC602: SecretProviderClass shop/tls is of "secrets-store.csi.x-k8s.io/v1alpha1"',
        '  at:      prod/shop.yaml:37',
        '  live:    secrets-store.csi.x-k8s.io/v1alpha1 is deprecated. Use secrets-store.csi.x-k8s.io/v1 instead',
        '  fix:     write apiVersion: secrets-store.csi.x-k8s.io/v1; the fields are the same',
      ],
    ],
    [
      'a version that never was',
      [
        [
          'secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata:\n  name: tls',
          'secrets-store.csi.x-k8s.io/v1beta1\nkind: SecretProviderClass\nmetadata:\n  name: tls',
        ],
      ],
      [
        'error VC602: SecretProviderClass shop/tls is of "secrets-store.csi.x-k8s.io/v1beta1"',
        '  at:      prod/shop.yaml:37',
        '  live:    no matches for kind "SecretProviderClass" in version "secrets-store.csi.x-k8s.io/v1beta1"',
        '  fix:     write apiVersion: secrets-store.csi.x-k8s.io/v1; the fields are the same',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC603: a parameter of a SecretProviderClass is no text', () => {
  test.each<Flaw>([
    [
      'a truth value without quotes',
      [['vaultSkipTLSVerify: "false"', 'vaultSkipTLSVerify: false']],
      [
        'error VC603: SecretProviderClass shop/tls sets vaultSkipTLSVerify to false, which is no text',
        '  at:      prod/shop.yaml:46',
        '  live:    must be of type string',
        '  fix:     put the value into quotes',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC604: a SecretProviderClass names no role', () => {
  test.each<Flaw>([
    [
      'a class without a role',
      [
        [
          '    roleName: shop-api\n    audience: vault\n    objects: |\n      - objectName: tls.crt',
          '    audience: vault\n    objects: |\n      - objectName: tls.crt',
        ],
      ],
      [
        'error VC604: SecretProviderClass shop/tls has no roleName',
        '  at:      prod/shop.yaml:44',
        "  live:    missing 'roleName' in SecretProviderClass definition",
        '  fix:     set roleName to the role that binds the service account of the pods',
      ],
    ],
    [
      'an empty role',
      [
        [
          '    roleName: shop-api\n    audience: vault\n    objects: |\n      - objectName: tls.crt',
          '    roleName: ""\n    audience: vault\n    objects: |\n      - objectName: tls.crt',
        ],
      ],
      [
        'error VC604: SecretProviderClass shop/tls has no roleName',
        '  at:      prod/shop.yaml:47',
        "  live:    missing 'roleName' in SecretProviderClass definition",
        '  fix:     set roleName to the role that binds the service account of the pods',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC605: a SecretProviderClass names the auth mount by both of its keys', () => {
  test.each<Flaw>([
    [
      'a mount under both keys',
      [
        [
          '    vaultAuthMountPath: kubernetes\n',
          '    vaultAuthMountPath: kubernetes\n    vaultKubernetesMountPath: kubernetes\n',
        ],
      ],
      [
        'error VC605: SecretProviderClass shop/db sets vaultKubernetesMountPath and vaultAuthMountPath',
        '  at:      prod/shop.yaml:16',
        '  live:    cannot set both vaultKubernetesMountPath and vaultAuthMountPath',
        '  fix:     keep vaultAuthMountPath; providers before 1.4.0 read vaultKubernetesMountPath only',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC606: a SecretProviderClass spells the auth mount with auth/ before it, or with a slash at an end', () => {
  test.each<Flaw>([
    [
      'a mount with auth/ before it',
      [['    vaultAuthMountPath: kubernetes\n', '    vaultAuthMountPath: auth/kubernetes\n']],
      [
        'error VC606: SecretProviderClass shop/db logs in at "auth/kubernetes", which is auth/auth/kubernetes',
        '  at:      prod/shop.yaml:15',
        '  live:    403 permission denied, from /v1/auth/auth/kubernetes/login',
        '  fix:     write the path alone: kubernetes, not auth/kubernetes',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent where a mount really has that path', () => {
    const files = bundle(
      ['"path": "kubernetes"', '"path": "auth/kubernetes"'],
      ['    vaultAuthMountPath: kubernetes\n', '    vaultAuthMountPath: auth/kubernetes\n'],
    );

    expect(textOf('VC606', checked(files))).toEqual([]);
  });
});

describe('VC607: a SecretProviderClass sets "namespace", which the Vault provider does not read', () => {
  test.each<Flaw>([
    [
      'a parameter "namespace"',
      [['    vaultAuthMountPath: kubernetes\n', '    vaultAuthMountPath: kubernetes\n    namespace: platform/app\n']],
      [
        'error VC607: SecretProviderClass shop/db sets namespace to "platform/app"',
        '  at:      prod/shop.yaml:16',
        '  live:    silently ignored: 403 permission denied, or a secret of the root namespace',
        '  fix:     name it vaultNamespace',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC608: a SecretProviderClass sets a parameter that the Vault provider does not read', () => {
  test.each<Flaw>([
    [
      'a parameter in the wrong case',
      [['    vaultCACertPath: /vault/tls/ca.crt', '    vaultCaCertPath: /vault/tls/ca.crt']],
      [
        'warning VC608: SecretProviderClass shop/db sets "vaultCaCertPath"; the provider reads "vaultCACertPath"',
        '  at:      prod/shop.yaml:14',
        '  live:    silently ignored: unknown parameters have no effect',
        '  fix:     correct the name, or drop it',
      ],
    ],
    [
      'a parameter of old',
      [['    vaultCACertPath: /vault/tls/ca.crt', '    vaultCAPem: PEM']],
      [
        'warning VC608: SecretProviderClass shop/db sets "vaultCAPem"',
        '  at:      prod/shop.yaml:14',
        '  live:    silently ignored: unknown parameters have no effect',
        '  fix:     correct the name, or drop it',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC609: vaultSkipTLSVerify is neither true nor false', () => {
  test.each<Flaw>([
    [
      'a word that Go does not take',
      [['vaultSkipTLSVerify: "false"', 'vaultSkipTLSVerify: "no"']],
      [
        'error VC609: SecretProviderClass shop/tls sets vaultSkipTLSVerify to "no"',
        '  at:      prod/shop.yaml:46',
        '  live:    strconv.ParseBool: parsing "...": invalid syntax',
        '  fix:     drop it; to be explicit, write "false"',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each(['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False'])(
    'is silent about %j',
    word => {
      expect(
        textOf('VC609', checked(bundle(['vaultSkipTLSVerify: "false"', `vaultSkipTLSVerify: "${word}"`]))),
      ).toEqual([]);
    },
  );
});

describe('VC610: a SecretProviderClass does not verify the certificate of Vault', () => {
  test.each<Flaw>([
    [
      'a certificate that is not verified',
      [['vaultSkipTLSVerify: "false"', 'vaultSkipTLSVerify: "true"']],
      [
        'warning VC610: SecretProviderClass shop/tls sets vaultSkipTLSVerify to "true"',
        '  at:      prod/shop.yaml:46',
        '  fix:     name the CA with vaultCACertPath, and drop vaultSkipTLSVerify',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC611: a SecretProviderClass reaches Vault without TLS', () => {
  test.each<Flaw>([
    [
      'an address without TLS',
      [['https://vault.example.com:8200', 'http://vault.example.com:8200']],
      [
        'warning VC611: SecretProviderClass shop/db sets vaultAddress to "http://vault.example.com:8200"',
        '  at:      prod/shop.yaml:13',
        '  fix:     use https:// and name the CA with vaultCACertPath',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});
