// Rows about CSI, each proven whole in one test: what is printed, and what is refused or found when it is written otherwise.
import { readFileSync } from 'node:fs';
import { JsonPatch } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import {
  Ca,
  CsiDelivery,
  DatabaseEngine,
  Duration,
  OnChange,
  toEnv,
  toFile,
  toKubernetesSecret,
  type VaultApp,
  Workload,
} from 'vault-cdk';
import { requested } from '../support/leased';
import { podSpec, printed, providerClass } from '../support/printed';
import { refused, said } from '../support/said';
import {
  PLAINTEXT_IN_ETCD,
  csiVolume,
  deployment,
  secretProviderClass,
  VAULT_FOR_PODS,
  world,
  worldWithApi,
} from '../support/world';

const PLAIN = {
  delivery: new CsiDelivery({
    plaintextInEtcd: PLAINTEXT_IN_ETCD,
  }),
};

/** The lines that say what refuses an app. */
function errors(app: VaultApp): readonly string[] {
  const { code, message } = refused(() => app.synth());
  expect(code).toBe('app/refused');
  return message.split('\n').flatMap(line => /^ {2}error (.*)/.exec(line)?.[1] ?? []);
}

test('a SecretProviderClass is printed as v1 for the provider vault; another version is refused [CSI-01]', () => {
  const { app, shop } = worldWithApi();
  expect(providerClass(app)).toMatchObject({
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    provider: 'vault',
  });
  expect(app.judge().findings).toEqual([]);

  const old = secretProviderClass(shop, 'old');
  old.addJsonPatch(JsonPatch.replace('/apiVersion', 'secrets-store.csi.x-k8s.io/v1alpha1'));
  expect(errors(app)).toEqual(['VC602: SecretProviderClass shop/old is of "secrets-store.csi.x-k8s.io/v1alpha1"']);
});

test('the address is that of the auth mount; without TLS, or past an Agent, it is found [CSI-02]', () => {
  const at = (address: string, provider: object = {}) =>
    worldWithApi(
      { vault: { address, ca: Ca.configMap('vault-ca') } },
      { secretsStoreCsi: {}, vaultCsiProvider: provider },
    ).app;
  const other = { agent: true, agentAddress: 'https://cache:8200' };

  for (const address of ['https://vault.example.com', 'https://vault.example.com:8200']) {
    expect(providerClass(at(address)).parameters['vaultAddress']).toBe(address);
    expect(at(address).judge().findings).toEqual([]);
    // An address would go past the Agent, which has its own.
    expect(providerClass(at(address, { agent: true })).parameters).not.toHaveProperty('vaultAddress');
    expect(said('VC522', at(address, other))[0]).toBe(
      `warning VC522: shop/api reads from ${address}, past the Agent of the provider, which talks to https://cache:8200`,
    );
  }
  expect(said('VC611', at('http://vault.example.com:8200'))[0]).toBe(
    'warning VC611: SecretProviderClass shop/api-vault sets vaultAddress to "http://vault.example.com:8200"',
  );
});

describe('a web application with variables and a certificate', () => {
  const issue = { operation: 'update' as const, path: 'pki/issue/webapp', body: { common_name: 'webapp.example.com' } };

  /** The application of the row; the keys of the certificate's Secret are those that are given. */
  function webapp(tlsKeys: readonly ('certificate' | 'private_key')[] = ['certificate', 'private_key']) {
    const { app, auth, kv, prod, vault } = world({ ...PLAIN, vault: VAULT_FOR_PODS });
    const chart = prod.chartFor('production');
    const pods = new Deployment(chart, 'webapp', {
      metadata: { name: 'webapp', labels: { app: 'webapp' } },
      podMetadata: { labels: { app: 'webapp' } },
      replicas: 3,
      containers: [{ image: 'myregistry/webapp:latest', portNumber: 3000 }],
    });
    const { db_pass, stripe_api_key, jwt_secret } = kv.secret('webapp/production', {
      keys: ['db_pass', 'stripe_api_key', 'jwt_secret'],
    }).fields;
    vault.stateMount({ path: 'pki', type: 'pki' });
    const web = Workload.of(pods, { auth, serviceAccount: 'webapp-sa', name: 'webapp' });
    for (const [field, file, key] of [
      [db_pass, 'db-password', 'DB_PASS'],
      [stripe_api_key, 'api-key', 'API_KEY'],
      [jwt_secret, 'jwt-secret', 'JWT_SECRET'],
    ] as const) {
      web.consume(field, toFile(`/mnt/secrets/${file}`));
      web.consume(field, toKubernetesSecret('webapp-secrets', { key }));
    }
    const tls = { certificate: ['tls-cert', 'tls.crt'], private_key: ['tls-key', 'tls.key'] } as const;
    for (const part of tlsKeys) {
      const [file, key] = tls[part];
      const field = requested(vault, issue, part);
      web.consume(field, toFile(`/mnt/secrets/${file}`));
      web.consume(field, toKubernetesSecret('webapp-tls', { key, type: 'kubernetes.io/tls' }));
    }
    return { app, pods, chart, web };
  }

  test('fills Secrets from files that are delivered; from others, or without a key that TLS needs, it is refused [CSI-10]', () => {
    const { app, chart } = webapp();
    const secretObjects = [
      {
        secretName: 'webapp-secrets',
        type: 'Opaque',
        data: [
          { objectName: 'db-password', key: 'DB_PASS' },
          { objectName: 'api-key', key: 'API_KEY' },
          { objectName: 'jwt-secret', key: 'JWT_SECRET' },
        ],
      },
      {
        secretName: 'webapp-tls',
        type: 'kubernetes.io/tls',
        data: [
          { objectName: 'tls-cert', key: 'tls.crt' },
          { objectName: 'tls-key', key: 'tls.key' },
        ],
      },
    ];
    const { objects, secretObjects: ours } = providerClass(app);
    expect(ours).toEqual(secretObjects);
    expect(objects.map(o => [o['objectName'], o['secretKey'], o['method'] ?? 'GET', o['secretArgs']])).toEqual([
      ['db-password', 'db_pass', 'GET', undefined],
      ['api-key', 'stripe_api_key', 'GET', undefined],
      ['jwt-secret', 'jwt_secret', 'GET', undefined],
      ['tls-cert', 'certificate', 'PUT', { common_name: 'webapp.example.com' }],
      ['tls-key', 'private_key', 'PUT', { common_name: 'webapp.example.com' }],
    ]);
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);

    // As it was written first: no object is the certificate, and none its key.
    const { parameters } = printed(app, 'SecretProviderClass')[0]!['spec'] as {
      readonly parameters: Readonly<Record<string, string>>;
    };
    const lines = (parameters['objects'] ?? '').split(/(?=^- )/m).slice(0, 3);
    const first = secretProviderClass(chart, 'first', { ...parameters, objects: lines.join('') });
    const others = secretObjects.map(o => ({ ...o, secretName: `first-${o.secretName}` }));
    first.addJsonPatch(JsonPatch.add('/spec/secretObjects', others));
    const delivers = 'and SecretProviderClass "first" delivers "db-password", "api-key", "jwt-secret"';
    expect(errors(app)).toEqual([
      `VC504: the Secret production/first-webapp-tls takes "tls.crt" from "tls-cert", ${delivers}`,
      `VC504: the Secret production/first-webapp-tls takes "tls.key" from "tls-key", ${delivers}`,
    ]);
    expect(errors(webapp(['certificate']).app)).toEqual([
      'VC503: the Secret production/webapp-tls of type kubernetes.io/tls is filled without "tls.key"',
    ]);
    expect(errors(webapp(['private_key']).app)).toEqual([
      'VC503: the Secret production/webapp-tls of type kubernetes.io/tls is filled without "tls.crt"',
    ]);
  });

  test('is printed as it was declared; its image is found, and annotations of the injector are refused [CSI-42]', () => {
    const { app, pods } = webapp();
    const [made] = printed(app, 'Deployment');

    expect(made?.metadata).toMatchObject({ name: 'webapp', namespace: 'production', labels: { app: 'webapp' } });
    expect(made?.['spec']).toMatchObject({ replicas: 3, template: { metadata: { labels: { app: 'webapp' } } } });
    const { serviceAccountName, containers, volumes } = podSpec(app);
    expect([serviceAccountName, containers]).toMatchObject([
      'webapp-sa',
      [
        {
          image: 'myregistry/webapp:latest',
          ports: [{ containerPort: 3000 }],
          volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true }],
        },
      ],
    ]);
    expect(volumes).toEqual([
      {
        name: 'vault-secrets',
        csi: {
          driver: 'secrets-store.csi.k8s.io',
          readOnly: true,
          volumeAttributes: { secretProviderClass: 'webapp-sa-vault' },
        },
      },
    ]);
    expect(said('VC665', app)[0]).toBe(
      'warning VC665: Deployment production/webapp runs the image "myregistry/webapp:latest" in container "main"',
    );
    expect(JSON.stringify(made)).not.toContain('vault.hashicorp.com');

    pods.podMetadata.addAnnotation('vault.hashicorp.com/agent-inject', 'true');
    expect(refused(() => app.judge()).code).toBe('csi/agent-annotations');
  });
});

test('all keys of a synced Secret become variables of pods that mount the volume; of others it is refused [CSI-14]', () => {
  const { app, auth, kv, shop } = world(PLAIN);
  const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
  const api = Workload.of(deployment(shop, 'api'), { auth });
  for (const [name, field] of Object.entries({ username, password }))
    api.consume(field, toEnv(name, { keyOf: 'db-creds', envFrom: true }));

  expect(podSpec(app).containers[0]).toMatchObject({
    envFrom: [{ secretRef: { name: 'db-creds' } }],
    volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true }],
  });
  expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);

  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db-creds', key: 'password' } } }];
  const plain = { name: 'main', image: 'ghcr.io/example/web:1.0' };
  deployment(shop, 'by-key', { containers: [{ ...plain, env }] });
  deployment(shop, 'whole', { containers: [{ ...plain, envFrom: [{ secretRef: { name: 'db-creds' } }] }] });
  const says = 'reads the Secret "db-creds", and does not mount SecretProviderClass "api-vault", which fills it';
  expect(errors(app)).toEqual([`VC660: Deployment shop/by-key ${says}`, `VC660: Deployment shop/whole ${says}`]);
});

describe('a credential of a database, which is made when it is read', () => {
  /** An API that reads user name and password of one role. */
  function api(paths: readonly [string, string] = ['/mnt/secrets/db-username', '/mnt/secrets/db-password']) {
    const rotation = { pollInterval: Duration.minutes(2) };
    const { app, auth, shop, vault } = world({}, { secretsStoreCsi: { rotation } });
    const database = DatabaseEngine.fromPath(vault, 'database');
    const { username, password } = database.roleFromName('readonly', {
      defaultTtl: Duration.hours(1),
      maxTtl: Duration.hours(8),
    }).fields;
    const workload = Workload.of(deployment(shop, 'api'), { auth, onChange: OnChange.rereads() });
    workload.consume(username, toFile(paths[0]));
    workload.consume(password, toFile(paths[1]));
    return { app, shop };
  }

  /** The same by hand: one class for each field, in two volumes. */
  function split(shop: Parameters<typeof deployment>[0]) {
    for (const key of ['username', 'password'])
      secretProviderClass(shop, `db-${key}`, {
        roleName: 'shop-api',
        objects: `- { objectName: ${key}, secretPath: database/creds/readonly, secretKey: ${key} }\n`,
      });
    deployment(shop, 'web', {
      serviceAccountName: 'api',
      containers: [
        {
          name: 'main',
          image: 'ghcr.io/example/web:1.0',
          volumeMounts: ['db-username', 'db-password'].map(name => ({
            name,
            mountPath: `/mnt/${name}`,
            readOnly: true,
          })),
        },
      ],
      volumes: [csiVolume('db-username'), csiVolume('db-password')],
    });
  }

  const SPLIT =
    'VC662: Deployment shop/web takes "password", "username" of "database/creds/readonly" from the SecretProviderClasses "db-username", "db-password"';

  test('is two files of one response; from two SecretProviderClasses it is refused [CSI-23]', () => {
    const { app, shop } = api();
    // One path and one method: the provider asks once, and takes both keys from the answer.
    expect(providerClass(app).objects).toEqual([
      {
        objectName: 'db-username',
        secretPath: 'database/creds/readonly',
        secretKey: 'username',
        filePermission: 0o444,
      },
      {
        objectName: 'db-password',
        secretPath: 'database/creds/readonly',
        secretKey: 'password',
        filePermission: 0o444,
      },
    ]);
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);

    split(shop);
    expect(errors(app)).toEqual([SPLIT]);
  });

  test('is one unit that is written at once: one class and one volume, though its files lie apart; two are refused [CSI-26]', () => {
    const { app, shop } = api(['/mnt/user/name', '/mnt/db/password']);
    expect(providerClass(app).objects.map(o => o['objectName'])).toEqual(['name', 'password']);
    const { containers, volumes } = podSpec(app);
    expect(volumes).toHaveLength(1);
    expect(containers[0]?.['volumeMounts']).toEqual(
      ['/mnt/user', '/mnt/db'].map(mountPath => ({ name: 'vault-secrets', mountPath, readOnly: true })),
    );
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);
    expect(readFileSync('docs/access.md', 'utf8')).toContain('written at once, by an atomic rename');

    split(shop);
    expect(errors(app)).toEqual([SPLIT]);
  });
});
