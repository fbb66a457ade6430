import {
  type ClusterFeatures,
  CsiDelivery,
  DatabaseEngine,
  Duration,
  type ISecretDelivery,
  OnChange,
  type Requirements,
  toEnv,
  toFile,
  toKubernetesSecret,
  Workload,
} from 'vault-cdk';
import { DELIVERY } from '../../src/kubernetes/kubernetes-auth';
import { podSpec, providerClass } from '../support/printed';
import { refusal, refused } from '../support/said';
import { PLAINTEXT_IN_ETCD, deployment, world } from '../support/world';

const PLAIN = new CsiDelivery({
  plaintextInEtcd: PLAINTEXT_IN_ETCD,
});
const ROTATING: ClusterFeatures = { secretsStoreCsi: { rotation: { pollInterval: Duration.minutes(2) } } };
const FILE = toFile('/mnt/secrets/password');
const AT = '  at:      vault/kubernetes/shop:api (test/refusals/requirements.test.ts)';
const restart = OnChange.restart({ process: 'api', image: 'docker.io/library/busybox:1.37' });
const signal = OnChange.signal('SIGHUP', { process: 'api', image: 'docker.io/library/busybox:1.37' });

/** An API that requires something. Its delivery would sync, and someone answers for that. */
function requiring(requires: Requirements, features: ClusterFeatures = ROTATING, delivery: ISecretDelivery = PLAIN) {
  const made = world({ delivery }, features);
  const pods = deployment(made.shop, 'api', { securityContext: { runAsUser: 1000 } });
  const api = Workload.of(pods, { auth: made.auth, requires });
  const { password } = made.kv.secret('shop/db', { keys: ['password'] }).fields;
  return { ...made, pods, api, password };
}

describe('a workload that requires that no value lies in etcd as text', () => {
  const { api, password } = requiring({ noPlaintextInEtcd: true });
  const rest = [
    AT,
    '  given:   {"noPlaintextInEtcd":true}',
    '  allowed: toFile(path), with a delivery of files such as CSI without sync',
    '  live:    silently ignored: whoever reads Secrets of the namespace reads the value, and so does a backup of etcd',
    '  fix:     read the secret from a file, or drop the requirement',
  ];

  test('is given no variable that a Kubernetes Secret fills', () => {
    expect(refusal(() => api.consume(password, toEnv('DB_PASSWORD')))).toEqual([
      '"password" of shop/db in the environment variable DB_PASSWORD would come by way of a Kubernetes Secret, and this workload requires that no value lies in etcd as text [workload/requirement]',
      ...rest,
    ]);
  });

  test('is given no Kubernetes Secret', () => {
    expect(refusal(() => api.consume(password, toKubernetesSecret('shop-db', { key: 'password' })))).toEqual([
      '"password" of shop/db in the key "password" of the Secret shop-db would come by way of a Kubernetes Secret, and this workload requires that no value lies in etcd as text [workload/requirement]',
      ...rest,
    ]);
  });

  test('is given nothing by a delivery that does not say how values travel', () => {
    const silent: ISecretDelivery = {
      [DELIVERY]: true,
      requires: [],
      name: 'silent',
      bind: () => ({ rules: [], add: () => undefined, podPatch: () => ({ volumes: [], volumeMounts: [], env: [] }) }),
    };
    const other = requiring({ noPlaintextInEtcd: true }, ROTATING, silent);

    expect(refused(() => other.api.consume(other.password, FILE)).code).toBe('workload/requirement');
  });
});

describe('a workload that requires new values without a restart', () => {
  const required = { rotatesWithoutRestart: true };
  const given = '  given:   {"rotatesWithoutRestart":true}';

  test.each([
    ['the environment variable DB_PASSWORD', toEnv('DB_PASSWORD'), undefined],
    ['the file /mnt/secrets/password', FILE, restart],
  ])('is given nothing that it learns of when it starts: %s', (place, target, onChange) => {
    const { api, password } = requiring(required);

    expect(refusal(() => api.consume(password, target, onChange === undefined ? {} : { onChange }))).toEqual([
      `"password" of shop/db in ${place} has a new value only after a restart, and this workload requires that none is needed [workload/requirement]`,
      AT,
      given,
      '  allowed: toFile(path) with OnChange.watchesFile(), OnChange.rereads() or OnChange.signal(...)',
      '  live:    silently ignored: the process keeps what it was started with until it is started again',
      '  fix:     read the secret from a file, and say how the application learns of a new value',
    ]);
  });

  test.each<[string, ClusterFeatures]>([
    ['is not read anew', { secretsStoreCsi: { rotation: false } }],
    ['may not be read anew: nothing says that it is', { secretsStoreCsi: {} }],
  ])('is given nothing that %s', (words, features) => {
    const { api, password } = requiring(required, features);

    expect(refusal(() => api.consume(password, FILE, { onChange: OnChange.rereads() }))).toEqual([
      `"password" of shop/db in the file /mnt/secrets/password ${words}, and this workload requires that it is [workload/requirement]`,
      AT,
      given,
      '  allowed: a cluster whose features state that what runs there reads anew, e.g. `rotation` of the CSI driver',
      '  live:    silently ignored: the application holds the old value',
      '  fix:     turn rotation on in the cluster and state it, or drop the requirement',
    ]);
  });

  test('is given no file that it would not look at again', () => {
    const { api, password } = requiring(required);

    expect(refusal(() => api.consume(password, FILE))).toEqual([
      'nothing says how the application learns of a new value of "password" of shop/db in the file /mnt/secrets/password, and this workload requires that it does [workload/requirement]',
      AT,
      given,
      '  allowed: OnChange.watchesFile(), OnChange.rereads() or OnChange.signal(...)',
      '  live:    silently ignored: the application holds the old value, though the file has a new one',
      '  fix:     pass `onChange` to consume(), or to the workload',
    ]);
  });

  test('may have others read a Kubernetes Secret', () => {
    const { api, password } = requiring(required);

    expect(() => api.consume(password, toKubernetesSecret('shop-db', { key: 'password' }))).not.toThrow();
  });
});

test('of four ways to a rotating credential, only files without sync meet both requirements [CSI-21]', () => {
  const both = { rotatesWithoutRestart: true, noPlaintextInEtcd: true };
  const { app, api, auth, pods, vault } = requiring(both);
  const lifetimes = { defaultTtl: Duration.hours(1), maxTtl: Duration.hours(8) };
  const { username, password } = DatabaseEngine.fromPath(vault, 'database').roleFromName('app', lifetimes).fields;
  const refusedWay = (...consumption: Parameters<typeof api.consume>) =>
    refused(() => api.consume(...consumption)).problem.given;

  const kept = { noPlaintextInEtcd: true };
  // Text in etcd, and a restart at each rotation: each is refused for what it breaks.
  expect(refusedWay(password, toEnv('PASSWORD', { keyOf: 'db', envFrom: true }), { onChange: restart })).toEqual(kept);
  expect(refusedWay(password, toKubernetesSecret('db', { key: 'password' }))).toEqual(kept);
  expect(refusedWay(password, toEnv('PASSWORD'), { onChange: restart })).toEqual(kept);
  expect(refusedWay(password, FILE, { onChange: restart })).toEqual({ rotatesWithoutRestart: true });

  // Files, without sync.
  api.consume(password, FILE, { onChange: OnChange.watchesFile() });
  api.consume(username, toFile('/mnt/secrets/username'), { onChange: OnChange.rereads() });
  expect(providerClass(app).secretObjects).toBeUndefined();
  expect(podSpec(app).containers).toHaveLength(1);
  api.consume(username, toFile('/mnt/secrets/user'), { onChange: signal });
  expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);

  // What was required is not taken back by asking for the workload again.
  expect(Workload.of(pods, { auth, requires: both })).toBe(api);
  expect(Workload.of(pods, { auth })).toBe(api);
  expect(refusal(() => Workload.of(pods, { auth, requires: {} }))[0]).toBe(
    'the pods are a workload already, and it was made with another `requires` [workload/said-twice]',
  );
});
