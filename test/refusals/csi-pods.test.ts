import { ApiObject, JsonPatch } from 'cdk8s';
import { toFile, Workload } from 'vault-cdk';
import { refusal } from '../support/said';
import { csiVolume, deployment, world } from '../support/world';

/** An API whose pods say something more, and which reads a password. */
function judged(
  pod: Readonly<Record<string, unknown>>,
  { target = toFile('/mnt/secrets/password'), annotations = {}, grant = false } = {},
) {
  const { app, auth, kv, shop } = world();
  const secret = kv.secret('shop/db', { keys: ['password'] });
  const made = deployment(shop, 'api', pod);
  made.addJsonPatch(JsonPatch.add('/spec/template/metadata/annotations', annotations));
  const api = Workload.of(made, { auth });
  api.consume(secret.fields.password, target);
  if (grant) kv.grants.write(api, secret);
  return app.judge();
}

const AT = '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/csi-pods.test.ts)';
const main = (own: Readonly<Record<string, unknown>>) => ({
  containers: [{ name: 'main', image: 'ghcr.io/example/api:1.0', ...own }],
});

describe('CSI gives no secrets to pods', () => {
  const required = (values: readonly string[]) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values }] }],
        },
      },
    },
  });

  test.each([
    ['a node selector', { nodeSelector: { 'kubernetes.io/os': 'windows' } }],
    ['the old node selector', { nodeSelector: { 'beta.kubernetes.io/os': 'windows' } }],
    ['their system', { os: { name: 'windows' } }],
    ['an affinity', required(['windows'])],
  ])('that run on Windows, by %s', (_, pod) => {
    expect(refusal(() => judged(pod))).toEqual([
      'the pods run on Windows nodes, and the Vault CSI provider runs on Linux nodes only [csi/windows]',
      AT,
      '  given:   "windows"',
      '  allowed: pods on Linux nodes, or another delivery',
      '  live:    error connecting to provider "vault": provider not found: provider "vault"',
      '  fix:     use a delivery that runs elsewhere, such as an operator',
    ]);
  });

  test('that the Agent Injector changes too', () => {
    const annotations = { 'vault.hashicorp.com/agent-inject': 'true', 'vault.hashicorp.com/role': 'shop-api' };

    expect(refusal(() => judged({}, { annotations }))).toEqual([
      'the pods are given their secrets by CSI, and are annotated for the Vault Agent Injector [csi/agent-annotations]',
      AT,
      '  given:   ["vault.hashicorp.com/agent-inject","vault.hashicorp.com/role"]',
      '  allowed: pods without annotations of vault.hashicorp.com',
      '  live:    silently ignored: an Agent is injected beside the volume, logs in a second time and keeps other leases',
      '  fix:     remove the annotations, or use the injector for this workload',
    ]);
  });

  test('that mount the same SecretProviderClass by a volume of their own', () => {
    expect(refusal(() => judged({ volumes: [{ ...csiVolume('api-vault'), name: 'mine' }] }))).toEqual([
      'the pods mount the SecretProviderClass "api-vault" by a volume of their own, too [csi/mounted-twice]',
      AT,
      '  given:   "mine"',
      '  allowed: the volume "vault-secrets", which is added to them',
      '  live:    secret provider class pod status volume name did not match pod Volume for pod',
      '  fix:     remove the volume "mine", and mount "vault-secrets" where it was mounted',
    ]);
  });

  test.each([
    [
      'containers',
      main({ volumeMounts: [{ name: 'vault-secrets', mountPath: '/etc/password', subPath: 'password' }] }),
    ],
    [
      'initContainers',
      {
        initContainers: [
          {
            name: 'first',
            image: 'ghcr.io/example/first:1.0',
            volumeMounts: [{ name: 'vault-secrets', mountPath: '/etc/password', subPath: 'password' }],
          },
        ],
      },
    ],
  ])('of which a part is mounted by subPath, in %s', (_, pod) => {
    expect(refusal(() => judged(pod))).toEqual([
      'a part of the secrets volume is mounted by `subPath`, which never sees a new value [csi/sub-path]',
      AT,
      '  given:   {"mountPath":"/etc/password","name":"vault-secrets","subPath":"password"}',
      '  allowed: the whole volume',
      '  live:    silently ignored: the file keeps the value that it had when the container started',
      '  fix:     mount the whole volume in a folder of its own, and have the application read from there',
    ]);
  });

  test.each(['VAULT_ADDR', 'VAULT_TOKEN'])('that are told by %s to ask Vault themselves', name => {
    expect(refusal(() => judged(main({ env: [{ name, value: 'x' }] })))).toEqual([
      `the application is given its secrets by CSI, and ${name} tells it to ask Vault itself [csi/calls-vault]`,
      AT,
      `  given:   "${name}"`,
      '  allowed: an application that reads files and knows nothing of Vault',
      '  live:    silently ignored: a second way to the same secrets, with a login that nobody declared',
      `  fix:     remove ${name}; or, if the application asks Vault for more, grant that to the workload`,
    ]);
  });

  test.each([
    ['below the secrets', '/mnt/secrets/cache', '/mnt/secrets/cache'],
    ['over the secrets', '/mnt', '/mnt'],
    ['over the secrets, with a slash', '/mnt/', '/mnt'],
  ])('that mount something %s', (_, mountPath, given) => {
    const pod = {
      ...main({ volumeMounts: [{ name: 'cache', mountPath }] }),
      volumes: [{ name: 'cache', emptyDir: {} }],
    };

    expect(refusal(() => judged(pod))).toEqual([
      `the container "main" mounts "${given}", and the secrets at "/mnt/secrets" [csi/overlapping-mounts]`,
      AT,
      `  given:   ["${given}","/mnt/secrets"]`,
      '  allowed: folders of which none lies in another',
      '  live:    read-only file system, when the container is created; or silently ignored: one hides the other',
      '  fix:     read the secrets from a folder of their own',
    ]);
  });

  test.each([
    ['0o400 as a user that is stated', 0o400, { runAsUser: 1000 }, {}, '{"runAsUser":1000}'],
    [
      '0o440 as a user that is stated',
      0o440,
      { runAsUser: 1000, fsGroup: 2000 },
      {},
      '{"runAsUser":1000,"fsGroup":2000}',
    ],
    ['0o400 as anyone but root', 0o400, { runAsNonRoot: true }, {}, '{"runAsNonRoot":true}'],
    ['0o400 as the user of the container', 0o400, { runAsUser: 0 }, { runAsUser: 7 }, '{"runAsUser":7}'],
    ['0o400 in the group of root', 0o400, { runAsUser: 7, runAsGroup: 0 }, {}, '{"runAsUser":7,"runAsGroup":0}'],
  ])('that would read a file of mode %s', (_, mode, pod, container, given) => {
    const spec = { securityContext: pod, ...main({ securityContext: container }) };

    expect(refusal(() => judged(spec, { target: toFile('/mnt/secrets/password', { mode }) }))).toEqual([
      `the file /mnt/secrets/password belongs to root and is 0${mode.toString(8)}, and the container "main" runs as another user [csi/unreadable-file]`,
      AT,
      `  given:   ${given}`,
      '  allowed: no `mode`, or 0o444: only the containers that mount the volume see the file; or 0o440 with `runAsGroup: 0`',
      '  live:    Permission denied; the driver ignores `fsGroup`',
      '  fix:     drop `mode`; where that is forbidden, use a delivery whose files belong to the user of the application',
    ]);
  });
});

test('CSI gives secrets to all other pods', () => {
  const file = (mode: number) => ({ target: toFile('/mnt/secrets/password', { mode }) });
  const fine: readonly Parameters<typeof judged>[] = [
    [{ nodeSelector: { 'kubernetes.io/os': 'linux' }, os: { name: 'linux' } }],
    [{}, { annotations: { 'vault.hashicorp.com/agent-inject': 'false', other: 'x' } }],
    [main({ env: [{ name: 'VAULT_ADDR', value: 'https://vault.vault.svc:8200' }] }), { grant: true }],
    [main({ volumeMounts: [{ name: 'cache', mountPath: '/mnt/secrets2' }] })],
    [{ securityContext: { runAsUser: 0 } }, file(0o400)],
    [{}, file(0o400)],
    [{ securityContext: { runAsUser: 1000, runAsGroup: 0 } }, file(0o440)],
    [{ securityContext: { runAsUser: 1000, supplementalGroups: [0] } }, file(0o440)],
    [{ securityContext: { runAsUser: 1000 } }, file(0o444)],
  ];

  for (const args of fine) expect(() => judged(...args)).not.toThrow();
});

test('a bare Pod is looked at like one of a template', () => {
  const { app, auth, kv, shop } = world();
  const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
  const pod = new ApiObject(shop, 'pod', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', annotations: { 'vault.hashicorp.com/agent-inject': 'true' } },
    spec: { containers: [{ name: 'main', image: 'ghcr.io/example/api:1.0' }] },
  });
  Workload.of(pod, { auth }).consume(password, toFile('/mnt/secrets/password'));

  expect(refusal(() => app.judge())[0]).toContain('[csi/agent-annotations]');
});
