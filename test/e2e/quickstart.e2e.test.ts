import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checklist } from '../../src/access/checklist';
import { isKnown } from '../../src/access/documents';
import type { DeliveryFact, RoleFact } from '../../src/access/model';
import { applyTerraform } from './harness/applier';
import { serverBinary } from './harness/build';
import { canForward443 } from './harness/forward';
import { at } from './harness/json';
import { type Kubernetes, startKubernetes } from './harness/kubernetes';
import { applyForReal, hasProvider, resourcesIn } from './harness/terraform';
import { canUsePrivateMounts, errorsOf, startVault, type Vault } from './harness/vault';
import { hasCrds, installCrds } from './support/crds';
import { manifestsOf, printExample, type PrintedExample } from './support/example';
import { count, pathsAround, tryAll } from './support/pairs';

// Vault finds its own token only at a fixed path, and the API server only under its cluster name.
const possible = hasCrds() && canUsePrivateMounts() && canForward443();
const why = possible ? '' : ' (needs the CRDs, private mounts and port 443: run as root with VAULT_CDK_CRDS set)';
const serverTest = possible ? test : test.skip;

const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-quickstart-'));
const cleanUp: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
const values = new Map<string, Record<string, string>>();
let kubernetes: Kubernetes;
let vault: Vault;
let printed: PrintedExample;

beforeAll(async () => {
  printed = printExample('quickstart', folder);
  if (!possible) return;
  await serverBinary('vault');
  kubernetes = await startKubernetes();
  cleanUp.unshift(() => kubernetes.stop());
  await installCrds(kubernetes, 'secrets-store.csi.x-k8s.io');
  // What is there before: Vault in its namespace, with its own account.
  await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } });
  await kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'vault', namespace: 'vault' } });
  const forward = await kubernetes.forward443();
  const token = await kubernetes.tokenRequest('vault', 'vault');
  vault = await startVault({
    pod: { token, ca: kubernetes.ca, hosts: { 'kubernetes.default.svc': forward?.address ?? '' } },
  });
  cleanUp.unshift(
    () => vault.stop(),
    () => forward?.stop(),
  );
}, 40 * 60_000);

afterAll(async () => {
  for (const step of cleanUp) await step();
});

/** What the Vault half of the quickstart leaves in Vault. */
const LEFT = [
  'sys/mounts/secret',
  'secret/config',
  'auth/kubernetes/config',
  ...['api', 'migrate', 'web'].flatMap(w => [
    `auth/kubernetes/role/shop-${w}`,
    `sys/policies/acl/kubernetes-shop-${w}`,
  ]),
];

/** What was written, without what differs from mount to mount. */
function dataOf({ body }: { readonly body: unknown }): unknown {
  const text = JSON.stringify(at(body, 'data'));
  return JSON.parse(text.replace(/"(accessor|uuid)":"[^"]*"/g, '"$1":"-"')) as unknown;
}

const nameOf = (role: RoleFact): string => (isKnown(role.name) ? role.name : '?');

/** Logs in as the CSI provider does: a token of the pods' account for the audience of the SecretProviderClass. */
async function login(
  delivery: DeliveryFact,
  { namespace, serviceAccount }: { namespace: string; serviceAccount: string },
) {
  const jwt = await kubernetes.tokenRequest(namespace, serviceAccount, [delivery.audience ?? '']);
  return vault.login(delivery.mount, delivery.role, jwt);
}

describe(`the quickstart on a real Vault and a real API server${why}`, () => {
  serverTest('the Kubernetes half is taken as it is, with strict validation [AUTH-03]', async () => {
    const manifests = manifestsOf(printed, 'prod');
    for (const manifest of manifests) await kubernetes.apply(manifest);
    count('manifests applied', manifests.length);
    const binding = await kubernetes.request(
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/vault:kubernetes:reviewer:vault:vault',
    );
    expect(at(binding.body, 'roleRef', 'name')).toBe('system:auth-delegator');
  });

  serverTest('the pods are admitted with their service accounts', async () => {
    const makers = printed.documents.filter(d => ['Deployment', 'Job'].includes(String(d.value['kind'])));
    for (const { value } of makers) {
      const template = at(value, 'spec', 'template');
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'probe', namespace: 'shop' },
        spec: at(template, 'spec'),
      };
      const answer = await kubernetes.request('POST', '/api/v1/namespaces/shop/pods', {
        body: pod,
        query: { dryRun: 'All', fieldValidation: 'Strict' },
      });
      expect([answer.status, at(answer.body, 'message')]).toEqual([201, undefined]);
    }
    expect(makers).toHaveLength(3);
  });

  serverTest('the Vault half is taken as it is [AUTH-02, AUTH-04]', async () => {
    if (hasProvider()) {
      const stack = join(folder, 'cdktf.out/stacks/vault');
      const applied = applyForReal(stack, vault);
      count('Terraform resources applied by the real provider', applied);
      expect(applied).toBe(resourcesIn(stack));
    } else {
      const applied = await applyTerraform(printed.stacks.get('vault'), vault);
      count('Terraform resources applied by the test applier', applied.length);
      expect(applied.flatMap(a => a.warnings)).toEqual([]);
    }
    const config = await vault.request('GET', 'auth/kubernetes/config', { token: vault.rootToken });
    expect(at(config.body, 'data')).toMatchObject({
      kubernetes_host: 'https://kubernetes.default.svc:443',
      kubernetes_ca_cert: '',
      token_reviewer_jwt_set: false,
      disable_local_ca_jwt: false,
      disable_iss_validation: true,
    });
  });

  (possible && hasProvider() ? test : test.skip)(
    `the real provider leaves the Vault that the test applier leaves${hasProvider() ? '' : ' (needs a terraform with hashicorp/vault 5.6.0: set TF_CLI_CONFIG_FILE)'}`,
    async () => {
      const other = await startVault();
      try {
        await applyTerraform(printed.stacks.get('vault'), other);
        for (const path of LEFT)
          expect([path, dataOf(await other.request('GET', path, { token: other.rootToken }))]).toEqual([
            path,
            dataOf(await vault.request('GET', path, { token: vault.rootToken })),
          ]);
      } finally {
        await other.stop();
      }
    },
  );

  serverTest('the checklist names every value that a person has to put', async () => {
    const items = checklist(printed.chain.model);
    expect(items.map(i => `${i.mount}/${i.path}`)).toEqual([
      'secret/shop/api/payments',
      'secret/shop/db',
      'secret/shop/db-owner',
      'secret/shop/web/session',
    ]);
    for (const { mount, path, keys } of items) {
      const secret = Object.fromEntries(keys.map(k => [k, `value-${randomBytes(4).toString('hex')}`]));
      values.set(`${mount}/data/${path}`, secret);
      const put = await vault.cli(['kv', 'put', `-mount=${mount}`, path, '-'], {
        input: JSON.stringify(secret),
        token: vault.rootToken,
      });
      expect([put.code, put.stderr]).toEqual([0, '']);
    }
  });

  serverTest('every workload logs in and finds each file that it was promised [AUTH-22]', async () => {
    const { pods } = printed.chain.model;
    for (const p of pods)
      for (const { delivery: name } of p.mounts) {
        const delivery = printed.chain.deliveryOf(p, name)!;
        const answer = await login(delivery, p);
        expect([p.name, answer.status, errorsOf(answer)]).toEqual([p.name, 200, []]);
        expect(isKnown(delivery.reads)).toBe(true);
        for (const read of isKnown(delivery.reads) ? delivery.reads : []) {
          const secret = await vault.request('GET', read.path, { token: answer.token! });
          expect([read.path, at(secret.body, 'data', 'data', read.key ?? '')]).toEqual([
            read.path,
            values.get(read.path)?.[read.key ?? ''],
          ]);
        }
      }
    count('workloads logged in', pods.length);
    expect(pods).toHaveLength(3);
  });

  serverTest(
    'every path answers as the access model says, and the paths of others, parents and siblings are refused',
    async () => {
      const paths = pathsAround(printed.chain);
      const pairs = [];
      for (const role of printed.chain.model.roles) {
        const delivery = printed.chain.model.deliveries.find(d => d.role === nameOf(role))!;
        const pod = printed.chain.model.pods.find(p => p.mounts.some(m => m.delivery === delivery.name))!;
        const { token } = await login(delivery, pod);
        pairs.push(...(await tryAll(printed.chain, role, vault, token!, paths)));
      }
      count('pairs of request and answer', pairs.length);
      expect(pairs.filter(p => p.model !== p.vault)).toEqual([]);
      expect(pairs.filter(p => p.vault === 'allowed').map(p => `${p.who} ${p.operation} ${p.path}`)).toEqual([
        'shop-api read secret/data/shop/api/payments',
        'shop-api read secret/data/shop/db',
        'shop-migrate read secret/data/shop/db-owner',
        'shop-web read secret/data/shop/web/session',
      ]);
    },
  );

  serverTest(
    'no one logs in as somebody else, from another namespace, or with a token for another audience',
    async () => {
      const [api, web] = ['shop-api', 'shop-web'].map(r => printed.chain.model.deliveries.find(d => d.role === r)!);
      const texts = async (jwt: string) => errorsOf(await vault.login('kubernetes', api!.role, jwt));
      expect(errorsOf(await login(web!, { namespace: 'shop', serviceAccount: 'api' }))).toEqual([
        'service account name not authorized',
      ]);

      await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
      await kubernetes.apply({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'api', namespace: 'elsewhere' },
      });
      expect(await texts(await kubernetes.tokenRequest('elsewhere', 'api', ['vault']))).toEqual([
        'namespace not authorized',
      ]);

      const audience = 'invalid audience (aud) claim: audience claim does not match any expected audience';
      expect(await texts(await kubernetes.tokenRequest('shop', 'api'))).toEqual([audience]);
      expect(await texts('not a token')).toEqual(['permission denied']);
      count('logins refused', 4);
    },
  );
});
