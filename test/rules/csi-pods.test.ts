import { type Edit, type Flaw, saidOf } from '../support/bundle';
import { findingText } from 'vault-cdk';
import { checked } from '../support/folder';
import { POD, ROLE, SPC, terraform } from '../support/yaml';

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
});

describe('VC105: pods with secrets from Vault run as the service account "default"', () => {
  test.each<Flaw>([
    [
      'pods without an account',
      [
        ['      serviceAccountName: api\n', ''],
        ['          "api"\n        ],', '          "default"\n        ],'],
      ],
      [
        'error VC105: Deployment shop/api mounts secrets from Vault and runs as shop/default',
        '  at:      prod/shop.yaml:80',
        '  live:    403 service account name not authorized, or silently ignored where a role binds "default"',
        '  fix:     give the pods a service account of their own, and bind the role to it',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC660: a container reads a synced Secret, and its pods do not mount the CSI volume', () => {
  test.each<Flaw>([
    [
      'a Secret of a class that is not mounted',
      [
        ['secretKeyRef: { name: api-env, key: API_KEY }', 'secretKeyRef: { name: worker-env, key: API_KEY }'],
        [
          'kind: SecretProviderClass\nmetadata:\n  name: tls\n',
          'kind: SecretProviderClass\nmetadata: { name: worker, namespace: shop }\nspec:\n  provider: vault\n  parameters:\n    roleName: shop-api\n    audience: vault\n    objects: |\n      - { objectName: key, secretPath: secret/data/shop/api, secretKey: key }\n  secretObjects:\n    - { secretName: worker-env, type: Opaque, data: [{ objectName: key, key: API_KEY }] }\n---\napiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata:\n  name: tls\n',
        ],
      ],
      [
        'error VC660: Deployment shop/api reads the Secret "worker-env", and does not mount SecretProviderClass "worker", which fills it',
        '  at:      prod/shop.yaml:109',
        '  live:    CreateContainerConfigError: secret "worker-env" not found',
        '  fix:     mount the volume of that SecretProviderClass in the same pods, or read a Secret that is there by itself',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each<[string, Edit]>([
    [
      'does not need',
      [
        'secretKeyRef: { name: api-env, key: API_KEY }',
        'secretKeyRef: { name: worker-env, key: API_KEY, optional: true }',
      ],
    ],
    [
      'finds elsewhere',
      ['secretKeyRef: { name: api-env, key: API_KEY }', 'secretKeyRef: { name: of-another-team, key: API_KEY }'],
    ],
  ])('is silent about a Secret that the container %s', (_, edit) => {
    expect(saidOf(edit)).toEqual([]);
  });

  test('is said of envFrom too', () => {
    const { pod, spc } = {
      pod: POD.replace('volumeMounts', 'envFrom: [{ secretRef: { name: db-env } }], volumeMounts'),
      spc: SPC,
    };
    const worker = `${spc.replace('name: db,', 'name: worker,')}  secretObjects: [{ secretName: db-env, type: Opaque, data: [{ objectName: password, key: PASSWORD }] }]\n`;
    const files = { 'prod/shop.yaml': `${pod}---\n${spc}---\n${worker}`, 'stacks/vault/cdk.tf.json': terraform(ROLE) };

    expect(checked(files).map(findingText)).toEqual([
      [
        'error VC660: Pod shop/api reads the Secret "db-env", and does not mount SecretProviderClass "worker", which fills it',
        '  at:      prod/shop.yaml:6',
        '  live:    CreateContainerConfigError: secret "db-env" not found',
        '  fix:     mount the volume of that SecretProviderClass in the same pods, or read a Secret that is there by itself',
      ].join('\n'),
    ]);
  });
});

describe('VC661: a container reads a key that the synced Secret does not have', () => {
  test.each<Flaw>([
    [
      'a key that is not filled',
      [['secretKeyRef: { name: api-env, key: API_KEY }', 'secretKeyRef: { name: api-env, key: APIKEY }']],
      [
        'error VC661: Deployment shop/api reads the key "APIKEY" of the Secret "api-env", which SecretProviderClass "db" fills with "API_KEY"',
        '  at:      prod/shop.yaml:96',
        "  live:    couldn't find key APIKEY in Secret shop/api-env",
        '  fix:     name a key of secretObjects, or add it there',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent where the container starts without it', () => {
    expect(
      saidOf([
        'secretKeyRef: { name: api-env, key: API_KEY }',
        'secretKeyRef: { name: api-env, key: NONE, optional: true }',
      ]),
    ).toEqual([]);
  });
});

describe('VC662: one dynamic credential is split over two SecretProviderClasses', () => {
  test.each<Flaw>([
    [
      'a password from another class than the user name',
      [
        ['      - objectName: password\n        secretPath: database/creds/shop\n        secretKey: password\n', ''],
        [
          '      - objectName: tls.crt\n',
          '      - objectName: password\n        secretPath: database/creds/shop\n        secretKey: password\n      - objectName: tls.crt\n',
        ],
      ],
      [
        'error VC662: Deployment shop/api takes "password", "username" of "database/creds/shop" from the SecretProviderClasses "db", "tls"',
        '  at:      prod/shop.yaml:67',
        '  live:    silently ignored: the database answers password authentication failed',
        '  fix:     take all of its fields from one SecretProviderClass',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent where each class takes the whole credential', () => {
    expect(
      saidOf([
        '      - objectName: tls.crt\n',
        '      - { objectName: user, secretPath: database/creds/shop, secretKey: username }\n      - { objectName: password, secretPath: database/creds/shop, secretKey: password }\n      - objectName: tls.crt\n',
      ]),
    ).toEqual([]);
  });

  test('is silent about values of a KV engine, which stay the same', () => {
    expect(
      saidOf([
        '      - objectName: tls.crt\n',
        '      - { objectName: id, secretPath: secret/data/shop/api, secretKey: id }\n      - objectName: tls.crt\n',
      ]),
    ).toEqual([]);
  });
});

describe('VC663: pods with a CSI volume also ask for the Vault Agent Injector', () => {
  test.each<Flaw>([
    [
      'an annotation of the injector',
      [['        prometheus.io/scrape: "true"', '        vault.hashicorp.com/agent-inject: "true"']],
      [
        'warning VC663: Deployment shop/api has a CSI volume and the annotations vault.hashicorp.com/agent-inject',
        '  at:      prod/shop.yaml:67',
        '  fix:     drop the vault.hashicorp.com annotations, or the volume',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent where the injector is told to leave the pods alone', () => {
    expect(
      saidOf(['        prometheus.io/scrape: "true"', '        vault.hashicorp.com/agent-inject: "false"']),
    ).toEqual([]);
  });
});

describe('VC664: a container with secrets from a CSI volume is given a way to Vault itself', () => {
  test.each<Flaw>([
    [
      'the address of Vault in a variable',
      [
        [
          '            - name: API_KEY',
          '            - { name: VAULT_ADDR, value: "https://vault.example.com:8200" }\n            - name: API_KEY',
        ],
      ],
      [
        'warning VC664: Deployment shop/api sets VAULT_ADDR in container "main", beside a CSI volume',
        '  at:      prod/shop.yaml:96',
        '  fix:     drop the variable, and read the file',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC665: a container with secrets runs an image whose tag moves', () => {
  test.each<Flaw>([
    [
      'the tag latest',
      [['ghcr.io/example/api:1.0', 'ghcr.io/example/api:latest']],
      [
        'warning VC665: Deployment shop/api runs the image "ghcr.io/example/api:latest" in container "main"',
        '  at:      prod/shop.yaml:93',
        '  fix:     name a version, or a digest',
      ],
    ],
    [
      'an image without a tag, from a registry with a port',
      [['ghcr.io/example/api:1.0', 'registry.example.com:5000/api']],
      [
        'warning VC665: Deployment shop/api runs the image "registry.example.com:5000/api" in container "main"',
        '  at:      prod/shop.yaml:93',
        '  fix:     name a version, or a digest',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent about a digest', () => {
    expect(saidOf(['ghcr.io/example/api:1.0', `ghcr.io/example/api@sha256:${'0'.repeat(64)}`])).toEqual([]);
  });
});
