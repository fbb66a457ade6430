import {
  type ClusterFeatures,
  CsiDelivery,
  Duration,
  OnChange,
  toEnv,
  toFile,
  toKubernetesSecret,
  Workload,
} from 'vault-cdk';
import { LeasedRole } from '../support/leased';
import { said } from '../support/said';
import { PLAINTEXT_IN_ETCD, deployment, job, world, worldWithApi } from '../support/world';

const FILE = toFile('/mnt/secrets/db/password');

/** An API that reads a credential which ends after an hour, read anew every so many minutes. */
function leased(minutes: number, provider: ClusterFeatures['vaultCsiProvider'] = {}, lease?: LeasedRole['lease']) {
  const made = worldWithApi(
    {},
    {
      secretsStoreCsi: { rotation: { pollInterval: Duration.minutes(minutes) } },
      vaultCsiProvider: provider,
    },
  );
  const { password } = new LeasedRole(made.vault, 'readonly', lease).fields;
  made.api.consume(password, FILE, { onChange: OnChange.rereads() });
  return made.app;
}

describe('VC521: a credential ends soon after it is read anew', () => {
  test.each([2, 30])('is silent where it is read anew every %d minutes of its hour', minutes => {
    expect(said('VC521', leased(minutes))).toEqual([]);
  });

  test('is silent where the Agent renews it for a day', () => {
    expect(said('VC521', leased(50, { agent: true }))).toEqual([]);
  });

  test('is silent where its end is not known', () => {
    expect(said('VC521', leased(50, {}, { ttl: undefined, maxTtl: undefined }))).toEqual([]);
  });

  test('is said of more than half of its life', () => {
    expect(said('VC521', leased(31))).toEqual([
      'warning VC521: "password" of creds/readonly of shop/api ends after 3600 seconds, and is read anew only every 1860',
      '  at:      (app) (vault/kubernetes/shop:api (test/support/world.ts))',
      '  fix:     shorten `rotation.pollInterval` to less than half of the lease, or lengthen the lease and `tokenTtl`',
    ]);
  });
});

describe('VC522: a workload reads past the Agent of the CSI provider', () => {
  const reads = (provider: ClusterFeatures['vaultCsiProvider'] = {}) =>
    said('VC522', worldWithApi({}, { secretsStoreCsi: {}, vaultCsiProvider: provider }).app);

  test('is silent without an Agent, and with one that talks to the same Vault', () => {
    expect(reads()).toEqual([]);
    expect(reads({ agent: true })).toEqual([]);
    expect(reads({ agent: true, agentAddress: 'https://vault.vault.svc:8200' })).toEqual([]);
    expect(reads({ agentAddress: 'https://other:8200' })).toEqual([]);
  });

  test('is said of one that talks to another Vault', () => {
    expect(reads({ agent: true, agentAddress: 'https://other:8200' })).toEqual([
      'warning VC522: shop/api reads from https://vault.vault.svc:8200, past the Agent of the provider, which talks to https://other:8200',
      '  at:      (app) (vault/kubernetes/shop:api (test/support/world.ts))',
      '  fix:     let the Agent talk to that Vault, or use another delivery for it',
    ]);
  });
});

describe('VC523: a leased credential ends with a login that nothing renews', () => {
  test('is silent with an Agent, in a Job, and of what has no lease', () => {
    const { app, auth, shop, vault } = world({}, { secretsStoreCsi: { rotation: {} } });
    Workload.of(job(shop, 'migrate'), { auth }).consume(new LeasedRole(vault).fields.password, FILE);

    expect(said('VC523', leased(2, { agent: true }))).toEqual([]);
    expect(said('VC523', app)).toEqual([]);
    expect(said('VC523', worldWithApi({}, { secretsStoreCsi: { rotation: {} } }).app)).toEqual([]);
  });

  test('is said without one, once for each credential', () => {
    expect(said('VC523', leased(2))).toEqual([
      'warning VC523: what shop/api read from creds/readonly ends with its login, which nothing renews, up to 120 seconds before it is read anew',
      '  at:      (app) (vault/kubernetes/shop:api (test/support/world.ts))',
      '  fix:     run the Agent of the provider and state `agent`; or lengthen `tokenTtl` of the workload, so that it happens seldom',
    ]);
  });
});

describe('VC524: everyone in the containers may read a file that root alone needs', () => {
  const reads = (securityContext: Readonly<Record<string, unknown>>, mode?: number) => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const target = toFile('/mnt/secrets/password', mode === undefined ? {} : { mode });
    Workload.of(deployment(shop, 'api', { securityContext }), { auth }).consume(password, target);
    return said('VC524', app);
  };

  test.each([
    ['the user is not root', { runAsUser: 1000 }, undefined],
    ['nothing says who the user is', {}, undefined],
    ['only its owner may read it', { runAsUser: 0 }, 0o400],
    ['only its owner and the group may', { runAsUser: 0 }, 0o440],
  ])('is silent where %s', (_, securityContext, mode) => {
    expect(reads(securityContext, mode)).toEqual([]);
  });

  test.each([[undefined], [0o444]])('is said where root alone reads it, with the mode %p', mode => {
    expect(reads({ runAsUser: 0 }, mode)).toEqual([
      'warning VC524: the file /mnt/secrets/password of shop/api may be read by everyone in its containers, which run as root and could do with 0o400',
      '  at:      (app) (vault/kubernetes/shop:api (test/rules/csi-deliveries.test.ts))',
      '  fix:     pass `mode: 0o400` to toFile()',
    ]);
  });
});

describe('VC525: files of secrets lie in memory that nodes swap to disk', () => {
  test.each([undefined, false])('is silent where the cluster states %p', nodesSwap => {
    const features = { secretsStoreCsi: {}, ...(nodesSwap === undefined ? {} : { nodesSwap }) };

    expect(said('VC525', worldWithApi({}, features).app)).toEqual([]);
  });

  test('is said where it states that they do', () => {
    expect(said('VC525', worldWithApi({}, { secretsStoreCsi: {}, nodesSwap: true }).app)).toEqual([
      'warning VC525: files of shop/api lie in the memory of nodes which swap it to disk',
      '  at:      (app) (vault/kubernetes/shop:api (test/support/world.ts))',
      '  fix:     turn swap off on the nodes, encrypt it, or mount the tmpfs with `noswap`',
    ]);
  });
});

describe('VC526: values of a secret lie in etcd as text [CSI-11]', () => {
  const delivery = new CsiDelivery({
    plaintextInEtcd: PLAINTEXT_IN_ETCD,
  });

  test('is silent where nothing is synced', () => {
    expect(said('VC526', worldWithApi({ delivery }).app)).toEqual([]);
  });

  test('is said of each Kubernetes Secret, with who answers for it', () => {
    const { app, api, kv, password } = worldWithApi({ delivery });
    const { username } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
    api.consume(password, toEnv('DB_PASSWORD'));
    api.consume(username, toKubernetesSecret('db-creds', { key: 'username' }));
    api.consume(password, toKubernetesSecret('db-creds', { key: 'password' }));
    const rest = [
      '  at:      (app) (vault/kubernetes/shop:api (test/support/world.ts))',
      '  fix:     nothing today; read files instead of variables, and the acknowledgement can go. `vault-cdk security` lists all of them',
    ];

    expect(said('VC526', app)).toEqual([
      'note VC526: the Secret api-vault-env, filled for shop/api, holds DB_PASSWORD as text in etcd: etcd is encrypted (platform, until 2099-12-31; encrypted at rest; read by Group platform)',
      ...rest,
      'note VC526: the Secret db-creds, filled for shop/api, holds password, username as text in etcd: etcd is encrypted (platform, until 2099-12-31; encrypted at rest; read by Group platform)',
      ...rest,
    ]);
  });
});
