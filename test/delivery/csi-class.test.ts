import fc from 'fast-check';
import { parse } from 'yaml';
import {
  acknowledge,
  Ca,
  type ClusterFeatures,
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  OnChange,
  State,
  toFile,
  VaultApp,
  VaultServer,
  wholeResponse,
  Workload,
} from 'vault-cdk';
import { LeasedRole, requested } from '../support/leased';
import { printed, providerClass } from '../support/printed';
import { VAULT_FOR_PODS, world, worldWithApi } from '../support/world';

const until = { owner: 'platform', until: '2099-12-31' };
const provider = (vaultCsiProvider: ClusterFeatures['vaultCsiProvider'] = {}): ClusterFeatures => ({
  secretsStoreCsi: {},
  vaultCsiProvider,
});

test('a workload is one SecretProviderClass of v1 for the provider "vault", in the namespace of its pods', () => {
  const { app } = worldWithApi();
  const [own] = printed(app, 'SecretProviderClass');

  expect([own?.['apiVersion'], own?.metadata.namespace, providerClass(app).provider]).toEqual([
    'secrets-store.csi.x-k8s.io/v1',
    'shop',
    'vault',
  ]);
});

describe('who logs in where', () => {
  test('address, CA, role, mount and audience come from the auth mount; each is printed, also where a default would do [CSI-38]', () => {
    expect(providerClass(worldWithApi().app).parameters).toEqual({
      vaultAddress: 'https://vault.vault.svc:8200',
      vaultCACertPath: '/vault/tls/ca.crt',
      vaultAuthMountPath: 'kubernetes',
      roleName: 'shop-api',
      audience: 'vault',
    });
  });

  test.each([
    ['1.7.4', 'vaultAuthMountPath'],
    ['1.4.0', 'vaultAuthMountPath'],
    ['1.3.0', 'vaultKubernetesMountPath'],
    ['1.1.0', 'vaultKubernetesMountPath'],
  ])('the mount is spelled as the provider %s reads it, never twice: %s', (version, spelling) => {
    const { parameters } = providerClass(worldWithApi({}, provider({ version })).app);

    expect(Object.keys(parameters).filter(k => k.endsWith('MountPath'))).toEqual([spelling]);
    expect(parameters[spelling]).toBe('kubernetes');
  });

  test('a namespace of Vault Enterprise is printed', () => {
    const app = new VaultApp();
    const vault = new VaultServer(app, 'vault', {
      address: 'https://vault.example.com:8200',
      state: State.local(),
      namespace: 'platform/app',
    });
    const cluster = new KubernetesCluster(app, 'prod');
    const auth = new KubernetesAuth(vault, 'kubernetes', {
      cluster,
      vault: VAULT_FOR_PODS,
      delivery: new CsiDelivery(),
    });
    const { key } = KvEngine.fromPath(vault, 'secret').secret('shop/db', { keys: ['key'] }).fields;
    new Workload(auth, 'api', { namespace: 'shop' }).consume(key, toFile('/mnt/secrets/key'));

    expect(providerClass(app).parameters['vaultNamespace']).toBe('platform/app');
  });

  test('every way to connect by TLS is printed, as files of the pods of the provider [CSI-28]', () => {
    const tls = { serverName: 'vault.internal', skipVerify: acknowledge('a laboratory', until) };
    const clientCertificate = { certPath: '/vault/tls/client.pem', keyPath: '/vault/tls/client.key' };
    const { app } = worldWithApi(
      { delivery: new CsiDelivery({ tls }) },
      provider({ clientCertificate, caDirectory: '/certs', trustsWholeDirectory: true }),
    );

    expect(providerClass(app).parameters).toMatchObject({
      vaultCADirectory: '/certs',
      vaultTLSServerName: 'vault.internal',
      vaultTLSClientCertPath: '/vault/tls/client.pem',
      vaultTLSClientKeyPath: '/vault/tls/client.key',
      vaultSkipTLSVerify: 'true',
    });
    expect(providerClass(app).parameters).not.toHaveProperty('vaultCACertPath');
  });

  test.each([
    ['a ConfigMap', Ca.configMap('vault-ca', { key: 'root.pem' }), '/certs/root.pem'],
    ['a Secret', Ca.secret('vault-ca'), '/certs/ca.crt'],
    ['the system', Ca.system(), undefined],
  ])('the CA in %s is a file of the provider, or none', (_, ca, path) => {
    const auth = { vault: { address: 'https://vault.vault.svc:8200', ca } };

    const { parameters } = providerClass(worldWithApi(auth, provider({ caDirectory: '/certs' })).app);
    expect(parameters['vaultCACertPath']).toBe(path);
  });

  test.each([[undefined], ['https://vault.vault.svc:8200']])(
    'the Agent of the provider connects in its place: no address goes past it, and no file is looked for (%s)',
    agentAddress => {
      const stated = agentAddress === undefined ? {} : { agentAddress };
      const { app } = worldWithApi({}, provider({ agent: true, ...stated }));

      expect(providerClass(app).parameters).toEqual({
        vaultAuthMountPath: 'kubernetes',
        roleName: 'shop-api',
        audience: 'vault',
      });
    },
  );

  test('an Agent that talks to another Vault is gone past, and that is found', () => {
    const { app } = worldWithApi({}, provider({ agent: true, agentAddress: 'https://other:8200' }));

    expect(providerClass(app).parameters['vaultAddress']).toBe('https://vault.vault.svc:8200');
    expect(app.judge().findings.map(f => [f.id, f.severity, f.message])).toEqual([
      [
        'VC522',
        'warning',
        'shop/api reads from https://vault.vault.svc:8200, past the Agent of the provider, which talks to https://other:8200',
      ],
    ]);
  });
});

describe('what is read', () => {
  test('every key of an entry is printed: path, key, version, method, arguments, permission, encoding', () => {
    const { app, auth, kv, vault } = world();
    const { store } = kv.secret('shop/keystore', { keys: ['store'] }).fields;
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    api.consume(store, toFile('/mnt/secrets/store.p12', { mode: 0o400, encoding: 'base64' }));
    const versioned = { operation: 'read', path: 'pki/cert/ca', query: { version: '3', format: 'a b' } } as const;
    api.consume(requested(vault, versioned), toFile('/mnt/secrets/ca.pem'));
    const body = { common_name: 'api.shop', ttl: '24h' };
    api.consume(
      requested(vault, { operation: 'update', path: 'pki/issue/shop', body }),
      toFile('/mnt/secrets/tls/crt'),
    );
    api.consume(requested(vault, { operation: 'list', path: 'pki/certs' }, 'keys'), toFile('/mnt/secrets/list'));
    api.consume(wholeResponse(kv.secret('shop/db', { keys: ['password'] })), toFile('/mnt/secrets/db.json'));
    vault.stateMount({ path: 'pki', type: 'pki' });

    expect(providerClass(app).objects).toEqual([
      {
        objectName: 'store.p12',
        secretPath: 'secret/data/shop/keystore',
        secretKey: 'store',
        filePermission: 0o400,
        encoding: 'base64',
      },
      {
        objectName: 'ca.pem',
        secretPath: 'pki/cert/ca?version=3&format=a%20b',
        secretKey: 'certificate',
        filePermission: 0o444,
      },
      {
        objectName: 'tls/crt',
        secretPath: 'pki/issue/shop',
        secretKey: 'certificate',
        method: 'PUT',
        secretArgs: { common_name: 'api.shop', ttl: '24h' },
        filePermission: 0o444,
      },
      {
        objectName: 'list',
        secretPath: 'pki/certs',
        secretKey: 'keys',
        method: 'LIST',
        filePermission: 0o444,
      },
      // No key: all that Vault answers, as JSON.
      { objectName: 'db.json', secretPath: 'secret/data/shop/db', filePermission: 0o444 },
    ]);
  });

  test('the permission is printed as an octal number: text would be refused, and a decimal be another permission', () => {
    const { app } = worldWithApi();
    const { spec } = printed(app, 'SecretProviderClass')[0] as unknown as {
      readonly spec: { readonly parameters: Readonly<Record<string, string>> };
    };

    expect(spec.parameters['objects']).toBe(
      [
        '- objectName: "password"',
        '  secretPath: "secret/data/shop/db"',
        '  secretKey: "password"',
        '  filePermission: 0444',
        '',
      ].join('\n'),
    );
  });

  test('both fields of a leased credential come from one response: one entry each, of one path and method', () => {
    const { app, auth, vault } = world();
    const { username, password } = new LeasedRole(vault).fields;
    const api = new Workload(auth, 'api', { namespace: 'shop' });
    const onChange = { onChange: OnChange.rereads() };
    api.consume(username, toFile('/mnt/secrets/username'), onChange);
    api.consume(password, toFile('/mnt/secrets/password'), onChange);

    expect(providerClass(app).objects.map(o => [o['secretPath'], o['method'], o['secretKey']])).toEqual([
      ['database/creds/readonly', undefined, 'username'],
      ['database/creds/readonly', undefined, 'password'],
    ]);
  });

  test('whatever a field is called, it is read back as it was written', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^\s\0](?:[^\0]{0,20}[^\s\0])?$/), key => {
        const { app, auth, kv } = world();
        new Workload(auth, 'api', { namespace: 'shop' }).consume(
          kv.secret('shop/db', { keys: [key] }).field(key),
          toFile('/mnt/secrets/file'),
        );
        expect(providerClass(app).objects[0]?.['secretKey']).toBe(key);
      }),
      { numRuns: 30 },
    );
    expect(parse('a: 0444')).toEqual({ a: 444 });
  });
});
