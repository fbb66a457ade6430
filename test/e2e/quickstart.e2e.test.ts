import { at } from './harness/json';
import { possible, why, World } from './support/world';

// What is particular to the quickstart; what every example has to show is in examples.e2e.test.ts.
const serverTest = possible ? test : test.skip;

describe(`the quickstart on a real Vault and a real API server${why}`, () => {
  let world: World;

  beforeAll(async () => {
    if (!possible) return;
    world = await World.start('quickstart');
    await world.applyManifests();
    await world.applyStacks();
  }, 40 * 60_000);
  afterAll(async () => (world as World | undefined)?.stop());

  serverTest('the reviewer has its right in the cluster [AUTH-03]', async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/vault:kubernetes:reviewer:vault:vault';
    const binding = await world.clusterOf('prod').request('GET', path);
    expect([at(binding.body, 'roleRef', 'name'), at(binding.body, 'subjects')]).toEqual([
      'system:auth-delegator',
      [{ kind: 'ServiceAccount', name: 'vault', namespace: 'vault' }],
    ]);
  });

  serverTest('Vault reviews with the token and the CA of its own pod [AUTH-02, AUTH-04]', async () => {
    const vault = world.vaultOf({ stack: 'vault' });
    const config = await vault.request('GET', 'auth/kubernetes/config', { token: vault.rootToken });
    expect(at(config.body, 'data')).toMatchObject({
      kubernetes_host: 'https://kubernetes.default.svc:443',
      kubernetes_ca_cert: '',
      token_reviewer_jwt_set: false,
      disable_local_ca_jwt: false,
      disable_iss_validation: true,
    });
  });

  serverTest(
    'the checklist names every value that a person has to put, and then each workload reads its own [AUTH-22]',
    async () => {
      expect(await world.putValues()).toEqual([
        'secret/shop/api/payments',
        'secret/shop/db',
        'secret/shop/db-owner',
        'secret/shop/web/session',
      ]);
      const read = [];
      for (const { pods, delivery } of world.mounts) {
        const { token } = await world.login(delivery, pods);
        for (const path of world.values.get('vault')?.keys() ?? []) {
          const { status } = await world.vaultOf(delivery).request('GET', path, { token: token ?? '' });
          if (status === 200) read.push(`${pods.serviceAccount} ${path}`);
        }
      }
      expect(read).toEqual([
        'web secret/data/shop/web/session',
        'api secret/data/shop/api/payments',
        'api secret/data/shop/db',
        'migrate secret/data/shop/db-owner',
      ]);
    },
  );
});
