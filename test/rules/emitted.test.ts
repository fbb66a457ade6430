import { readFileSync } from 'node:fs';
import { DatabaseSecretBackendRole } from '@cdktf/provider-vault/lib/database-secret-backend-role';
import { ApiObject, JsonPatch } from 'cdk8s';
import { ApiResource, Role } from 'cdk8s-plus-28';
import { type Capability, CsiDelivery, toEnv, toFile, toKubernetesSecret, type VaultApp, Workload } from 'vault-cdk';
import { CAPABILITIES } from '../../src/policy/document';
import { refused } from '../support/said';
import { PLAINTEXT_IN_ETCD, csiVolume, deployment, secretProviderClass, world, worldWithApi } from '../support/world';

/** The spec of the one object of a kind that an app prints. */
function specOf(app: VaultApp, kind: string): Readonly<Record<string, unknown>> {
  const [only, second] = app.judge().printOut.documents.filter(d => d.value['kind'] === kind);
  if (!only || second) throw new Error(`not one ${kind} is printed`);
  return only.value['spec'] as Readonly<Record<string, unknown>>;
}

/** The text of the one policy that an app prints. */
function policyOf(app: VaultApp): string {
  const { value } = app.judge().printOut.documents.find(d => d.format === 'terraform')!;
  const { vault_policy } = value['resource'] as { readonly vault_policy: Readonly<Record<string, { policy: string }>> };
  return Object.values(vault_policy)
    .map(p => p.policy)
    .join('');
}

/** The lines that say what refuses an app. */
function errors(app: VaultApp): readonly string[] {
  const { code, message } = refused(() => app.synth());
  expect(code).toBe('app/refused');
  return message.split('\n').flatMap(line => /^ {2}error (.*)/.exec(line)?.[1] ?? []);
}

const ACKNOWLEDGED = new CsiDelivery({
  plaintextInEtcd: PLAINTEXT_IN_ETCD,
});

/** The world with an API that reads a variable, and the manifest of its pods, which an override may change. */
function worldWithVariable() {
  const { app, shop, auth, kv } = world({ delivery: ACKNOWLEDGED });
  const pods = deployment(shop, 'api');
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  Workload.of(pods, { auth }).consume(password, toEnv('DB_PASS'));
  return { app, shop, pods };
}

/** A container that mounts the volume of a SecretProviderClass; parts go over its mount. */
function reading(name: string, mount: Readonly<Record<string, unknown>> = {}) {
  const volumeMounts = [{ name, mountPath: '/mnt/secrets', readOnly: true, ...mount }];
  return [{ name: 'main', image: 'ghcr.io/example/api:1.0', volumeMounts }];
}

describe('what the library prints is silent, and the same thing written wrong beside it refuses the app', () => {
  test('a role is named; a class without one is refused [CSI-03]', () => {
    const { app, shop } = worldWithApi();
    expect(specOf(app, 'SecretProviderClass')).toMatchObject({ parameters: { roleName: 'shop-api' } });
    expect(app.judge().findings).toEqual([]);

    secretProviderClass(shop, 'hand-written', { roleName: '' });
    expect(errors(app)).toEqual(['VC604: SecretProviderClass shop/hand-written has no roleName']);
  });

  test('a mount is named by the key that the provider reads; both keys are refused [CSI-04]', () => {
    const { app, shop } = worldWithApi({ path: 'prod/kubernetes' });
    const { parameters } = specOf(app, 'SecretProviderClass');
    expect(parameters).toMatchObject({ vaultAuthMountPath: 'prod/kubernetes' });
    expect(parameters).not.toHaveProperty('vaultKubernetesMountPath');

    const old = worldWithApi({}, { secretsStoreCsi: {}, vaultCsiProvider: { version: '1.3.0' } }).app;
    const { parameters: oldParameters } = specOf(old, 'SecretProviderClass');
    expect(oldParameters).toMatchObject({ vaultKubernetesMountPath: 'kubernetes' });
    expect(oldParameters).not.toHaveProperty('vaultAuthMountPath');

    secretProviderClass(shop, 'hand-written', {
      vaultAuthMountPath: 'prod/kubernetes',
      vaultKubernetesMountPath: 'prod/kubernetes',
    });
    expect(errors(app)).toEqual([
      'VC605: SecretProviderClass shop/hand-written sets vaultKubernetesMountPath and vaultAuthMountPath',
    ]);
  });

  test('objects are a block of YAML; none, one twice, and unknown keys are refused [CSI-06]', () => {
    const { app, shop } = worldWithApi();
    expect(app.judge().printOut.kubernetes.get('prod/shop.k8s.yaml')).toContain(
      [
        '    objects: |',
        '      - objectName: "password"',
        '        secretPath: "secret/data/shop/db"',
        '        secretKey: "password"',
        '        filePermission: 0444',
        '',
      ].join('\n'),
    );

    const one = '- { objectName: a, secretPath: secret/data/shop/db, secretKey: password }\n';
    secretProviderClass(shop, 'empty', { objects: '[]' });
    secretProviderClass(shop, 'twice', { objects: `${one}${one}` });
    secretProviderClass(shop, 'unknown', { objects: one.replace(' }', ', objectVersion: 3 }') });
    expect(errors(app)).toEqual([
      'VC620: SecretProviderClass shop/empty lists no objects',
      'VC622: SecretProviderClass shop/twice, object "a" has the name of another object',
      'VC624: SecretProviderClass shop/unknown, object "a" has "objectVersion"',
    ]);
  });

  test('a file is where the application was told to look; a name outside of the volume is refused [CSI-07]', () => {
    const { app, shop, api } = worldWithApi();
    const [consumed] = api.consumptions;
    const spec = specOf(app, 'Deployment') as {
      template: { spec: { containers: { volumeMounts: { mountPath: string }[] }[] } };
    };
    const folder = spec.template.spec.containers[0]?.volumeMounts[0]?.mountPath ?? '';
    expect(consumed?.target).toEqual(toFile(`${folder}/password`));
    expect(refused(() => toFile('/mnt/../password')).code).toBe('target/file-path');

    const named = (name: string) => `- { objectName: ${name}, secretPath: secret/data/shop/db, secretKey: password }\n`;
    secretProviderClass(shop, 'above', { objects: named('../password') });
    secretProviderClass(shop, 'absolute', { objects: named('/password') });
    expect(errors(app)).toEqual([
      'VC623: SecretProviderClass shop/above, object "../password" lies outside of the volume, or is not written in its shortest form',
      'VC623: SecretProviderClass shop/absolute, object "/password" lies outside of the volume, or is not written in its shortest form',
    ]);
  });

  test('a Kubernetes Secret is filled only where it is asked for; from a file that is not delivered it is refused [CSI-09]', () => {
    expect(specOf(worldWithApi().app, 'SecretProviderClass')).not.toHaveProperty('secretObjects');

    const { app, shop, auth, kv } = world({ delivery: ACKNOWLEDGED });
    const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
    const api = Workload.of(deployment(shop, 'api'), { auth });
    api.consume(username, toKubernetesSecret('db-creds', { key: 'username' }));
    api.consume(password, toKubernetesSecret('db-creds', { key: 'password' }));
    expect(specOf(app, 'SecretProviderClass')['secretObjects']).toEqual([
      {
        secretName: 'db-creds',
        type: 'Opaque',
        data: [
          { objectName: '.kubernetes-secrets/db-creds/username', key: 'username' },
          { objectName: '.kubernetes-secrets/db-creds/password', key: 'password' },
        ],
      },
    ]);
    expect(app.judge().findings.map(f => f.id)).toEqual(['VC526']);

    const written = app.judge().printOut.documents.find(d => d.value['kind'] === 'SecretProviderClass')?.value['spec'];
    new ApiObject(shop, 'hand-written', {
      apiVersion: 'secrets-store.csi.x-k8s.io/v1',
      kind: 'SecretProviderClass',
      metadata: { name: 'hand-written' },
      spec: {
        ...(written as object),
        secretObjects: [
          { secretName: 'other', type: 'Opaque', data: [{ objectName: 'db-username', key: 'username' }] },
        ],
      },
    });
    expect(errors(app)).toEqual([
      'VC504: the Secret shop/other takes "username" from "db-username", and SecretProviderClass "hand-written" delivers ".kubernetes-secrets/db-creds/username", ".kubernetes-secrets/db-creds/password"',
    ]);
  });

  test('the volume is read-only, always; one that is not is refused [CSI-12]', () => {
    const { app, shop } = worldWithApi();
    expect(specOf(app, 'Deployment')).toMatchObject({
      template: {
        spec: {
          volumes: [
            {
              csi: {
                driver: 'secrets-store.csi.k8s.io',
                readOnly: true,
                volumeAttributes: { secretProviderClass: 'api-vault' },
              },
            },
          ],
        },
      },
    });

    const volume = csiVolume('api-vault');
    const csi = { ...volume.csi, readOnly: false };
    deployment(shop, 'web', {
      serviceAccountName: 'api',
      containers: reading('api-vault'),
      volumes: [{ ...volume, csi }],
    });
    expect(errors(app)).toEqual(['VC650: Deployment shop/web has the volume "api-vault" without readOnly: true']);
  });

  test('the volume is mounted whole, at /mnt/secrets unless a file says it; a part of it is refused [CSI-13]', () => {
    const { app, shop } = worldWithVariable();
    expect(specOf(app, 'Deployment')).toMatchObject({
      template: {
        spec: {
          containers: [{ volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true }] }],
        },
      },
    });

    deployment(shop, 'web', {
      serviceAccountName: 'api',
      containers: reading('api-vault', { subPath: 'password' }),
      volumes: [csiVolume('api-vault')],
    });
    expect(errors(app)).toEqual([
      'VC655: Deployment shop/web mounts "password" of the volume "api-vault" by subPath at "/mnt/secrets" in container "main"',
    ]);
  });

  test('a variable is taken from a key that is filled; from another one it is refused [CSI-15]', () => {
    const { app, pods } = worldWithVariable();
    const env = { name: 'DB_PASS', valueFrom: { secretKeyRef: { name: 'api-vault-env', key: 'DB_PASS' } } };
    expect(specOf(app, 'Deployment')).toMatchObject({ template: { spec: { containers: [{ env: [env] }] } } });
    expect(app.judge().findings.map(f => f.id)).toEqual(['VC526']);

    const other = { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'api-vault-env', key: 'API_KEY' } } };
    pods.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/env', [other]));
    expect(errors(app)).toEqual([
      'VC661: Deployment shop/api reads the key "API_KEY" of the Secret "api-vault-env", which SecretProviderClass "api-vault" fills with "DB_PASS"',
    ]);
  });

  test('the class is in the namespace of the pods; one of another namespace, or of none, is refused [CSI-17]', () => {
    const { app, shop } = worldWithApi();
    const classes = app.judge().printOut.documents.filter(d => d.value['kind'] === 'SecretProviderClass');
    expect(classes.map(d => d.value['metadata'])).toMatchObject([{ name: 'api-vault', namespace: 'shop' }]);

    new ApiObject(shop, 'elsewhere', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'elsewhere', namespace: 'other' },
      spec: { serviceAccountName: 'api', containers: reading('api-vault'), volumes: [csiVolume('api-vault')] },
    });
    deployment(shop, 'web', {
      serviceAccountName: 'api',
      containers: reading('nowhere'),
      volumes: [csiVolume('nowhere')],
    });
    expect(errors(app)).toEqual([
      'VC104: Deployment shop/web mounts the SecretProviderClass "nowhere", which is not in namespace "shop"',
      'VC104: Pod other/elsewhere mounts the SecretProviderClass "api-vault", which is not in namespace "other"; one of that name is in "shop"',
    ]);
  });

  test('pods read files and are given no way to Vault; one that is given is found [CSI-19]', () => {
    const { app, pods, shop } = worldWithApi();
    const printed = app.judge().printOut.documents.find(d => d.value['kind'] === 'Deployment')?.value;
    expect(JSON.stringify(printed)).not.toContain('VAULT_');

    const env = [
      { name: 'VAULT_ADDR', value: 'https://vault.example.com:8200' },
      { name: 'VAULT_TOKEN', valueFrom: { secretKeyRef: { name: 'token', key: 'token' } } },
    ];
    // On pods that a team describes by hand it is found; on a workload's it is refused.
    deployment(shop, 'web', {
      serviceAccountName: 'api',
      containers: reading('api-vault').map(c => ({ ...c, env })),
      volumes: [csiVolume('api-vault')],
    });
    const said = app.judge().findings.map(f => `${f.severity} ${f.id}: ${f.message}`);
    expect(said.filter(f => f.includes('VC664'))).toEqual([
      'warning VC664: Deployment shop/web sets VAULT_ADDR in container "main", beside a CSI volume',
      'warning VC664: Deployment shop/web sets VAULT_TOKEN in container "main", beside a CSI volume',
    ]);
    pods.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/env', env));
    expect(refused(() => app.judge()).code).toBe('csi/calls-vault');
  });

  test('pods state their account; none, and the account "default", are refused [IDT-02]', () => {
    const { app, shop } = worldWithApi();
    expect(specOf(app, 'Deployment')).toMatchObject({ template: { spec: { serviceAccountName: 'api' } } });
    const { auth, shop: other } = world();
    const pods = deployment(other, 'job', { serviceAccountName: 'default' });
    expect(refused(() => Workload.of(pods, { auth })).code).toBe('workload/default-service-account');

    deployment(shop, 'none', { containers: reading('api-vault'), volumes: [csiVolume('api-vault')] });
    const serviceAccountName = 'default';
    deployment(shop, 'stated', {
      serviceAccountName,
      containers: reading('api-vault'),
      volumes: [csiVolume('api-vault')],
    });
    expect(errors(app).filter(e => e.startsWith('VC105'))).toEqual([
      'VC105: Deployment shop/none mounts secrets from Vault and runs as shop/default',
      'VC105: Deployment shop/stated mounts secrets from Vault and runs as shop/default',
    ]);
  });
});

describe('the policy', () => {
  test('is what is mounted, no more and no less: what is missing is refused, what is too much is found [POL-10] [POL-11] [POL-16]', () => {
    const more = worldWithApi();
    expect(policyOf(more.app)).toBe('# read shop/db\npath "secret/data/shop/db" {\n  capabilities = ["read"]\n}\n');
    expect(more.app.judge().findings).toEqual([]);
    more.api.policy.policy = `${policyOf(more.app)}path "secret/data/shop/other" { capabilities = ["read"] }`;
    expect(more.app.judge().findings.map(f => `${f.severity} ${f.id}: ${f.message}`)).toEqual([
      'warning VC204: shop/api may read "secret/data/shop/other" through role "shop-api", and nothing declares it',
    ]);

    const less = worldWithApi();
    less.api.policy.policy = 'path "secret/data/shop/db" { capabilities = ["list"] }';
    expect(errors(less.app)).toContain(
      'VC201: SecretProviderClass shop/api-vault reads "secret/data/shop/db", which role "shop-api" may not read: the rule lacks "read"',
    );
  });

  test('alone authorises: a right on Secrets of Kubernetes gives nothing in Vault, and the page says which layer decides what [POL-15]', () => {
    const { app, api, shop } = worldWithApi();
    expect(app.judge().findings).toEqual([]);

    new Role(shop, 'reads-secrets').allow(['get', 'list', 'watch'], ApiResource.SECRETS);
    api.policy.policy = '';
    expect(errors(app)).toContain(
      'VC201: SecretProviderClass shop/api-vault reads "secret/data/shop/db", which role "shop-api" may not read: no rule matches',
    );
    const page = readFileSync('docs/access.md', 'utf8');
    expect(page).toContain('## Which layer authorises what');
    expect(page).toContain('Kubernetes RBAC does not authorise the reading of a secret in Vault.');
    expect(page).toContain('## Once it is synced');
  });

  test('knows every capability of Vault; another word, and deny beside others, are refused [POL-17]', () => {
    const typed: readonly Capability[] = ['create', 'read', 'update', 'patch', 'delete', 'list', 'sudo', 'deny'];
    // @ts-expect-error Vault has no such capability.
    const unknown: Capability = 'write';
    expect(typed.filter(c => !CAPABILITIES.includes(c))).toEqual([]);

    const { app, api } = worldWithApi();
    api.policy.policy = `path "secret/data/shop/db" { capabilities = ["${unknown}"] }`;
    expect(errors(app)).toContain('VC215: policy "kubernetes-shop-api", line 1: invalid capability "write"');
    api.policy.policy = 'path "secret/data/shop/db" { capabilities = ["read", "deny"] }';
    expect(errors(app)).toContain('VC216: policy "kubernetes-shop-api" says read, deny on "secret/data/shop/db"');
  });

  test('gives a token that lives as long as its leases; less is found, and more than its maximum is refused [AUTH-26]', () => {
    const { app, api, vault } = worldWithApi();
    new DatabaseSecretBackendRole(vault, 'Db', {
      backend: 'database',
      name: 'shop',
      dbName: 'shop',
      creationStatements: [],
      defaultTtl: 3600,
      maxTtl: 28800,
    });
    api.addToVaultPolicy({ path: 'database/creds/shop', capabilities: ['read'] });
    api.role.tokenTtl = 7200;
    api.role.tokenMaxTtl = 28800;
    expect(app.judge().findings).toEqual([]);

    api.role.tokenMaxTtl = 14400;
    expect(app.judge().findings.map(f => `${f.severity} ${f.id}: ${f.message}`)).toEqual([
      'warning VC335: role "shop-api" reads "database/creds/shop", whose leases live up to 28800 s, and its tokens live up to 14400 s (stacks/vault/cdk.tf.json)',
    ]);
    api.role.tokenMaxTtl = 3600;
    expect(errors(app)).toEqual(['VC334: role "shop-api" has a token_ttl of 7200 s, and a token_max_ttl of 3600 s']);
  });
});
