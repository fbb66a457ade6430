import {
  type ClusterFeatures,
  CsiDelivery,
  Duration,
  OnChange,
  toEnv,
  toFile,
  toKubernetesSecret,
  wholeResponse,
  Workload,
} from 'vault-cdk';
import { LeasedRole } from '../support/leased';
import { refusal } from '../support/said';
import { PLAINTEXT_IN_ETCD, deployment, job, world, worldWithApi } from '../support/world';

const PLAIN = new CsiDelivery({
  plaintextInEtcd: PLAINTEXT_IN_ETCD,
});
const FILE = toFile('/mnt/secrets/db/password');
const rotating = (seconds: number): ClusterFeatures => ({
  secretsStoreCsi: { syncSecret: true, rotation: { pollInterval: Duration.seconds(seconds) } },
});
const TOLD = { process: 'api', image: 'docker.io/library/busybox:1.37' };

describe('a credential that ends by itself', () => {
  test('is not delivered where nothing says how the application learns of the next one', () => {
    const { api, vault } = worldWithApi({}, rotating(120));

    expect(refusal(() => api.consume(new LeasedRole(vault).fields.password, FILE))).toEqual([
      '"password" of creds/readonly ends by itself, and nothing says how the application learns that the file /mnt/secrets/db/password has a new value [csi/unheard-change]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  allowed: OnChange.watchesFile(), OnChange.rereads(), OnChange.signal(...) or OnChange.restart(...)',
      '  live:    silently ignored: the application holds a credential that is gone',
      '  fix:     pass `onChange` to consume(), or to the workload',
    ]);
  });

  test('is delivered where that is said, once for the workload or for each', () => {
    const { auth, shop, vault } = world({}, rotating(120));
    const { username, password } = new LeasedRole(vault).fields;
    const api = Workload.of(deployment(shop, 'api'), { auth, onChange: OnChange.rereads() });
    api.consume(username, toFile('/mnt/secrets/username'));
    api.consume(password, FILE, { onChange: OnChange.watchesFile() });

    expect(api.consumptions.map(c => c.onChange)).toEqual([OnChange.rereads(), OnChange.watchesFile()]);
  });

  test('needs no answer in pods that run to completion', () => {
    const { app, auth, shop, vault } = world({}, { secretsStoreCsi: { rotation: false } });
    Workload.of(job(shop, 'migrate'), { auth }).consume(new LeasedRole(vault).fields.password, FILE);

    expect(() => app.judge()).not.toThrow();
  });

  test('needs one as soon as others share its service account', () => {
    const { app, auth, shop, vault } = world({}, rotating(120));
    const serviceAccount = 'shared';
    const { password } = new LeasedRole(vault).fields;
    Workload.of(job(shop, 'migrate'), { auth, serviceAccount }).consume(password, FILE);
    Workload.of(deployment(shop, 'api'), { auth, serviceAccount });

    expect(refusal(() => app.judge())[0]).toBe(
      '"password" of creds/readonly ends by itself, and nothing says how the application learns that the file /mnt/secrets/db/password has a new value [csi/unheard-change]',
    );
  });

  test('needs none in a Kubernetes Secret, which somebody else reads', () => {
    const { api, vault } = worldWithApi({ delivery: PLAIN }, rotating(120));
    const target = toKubernetesSecret('shop-db', { key: 'password' });

    expect(() => api.consume(new LeasedRole(vault).fields.password, target)).not.toThrow();
  });

  test('is not delivered where the driver reads nothing anew', () => {
    const { api, vault } = worldWithApi({}, { secretsStoreCsi: { rotation: false } });
    const onChange = OnChange.rereads();

    expect(refusal(() => api.consume(new LeasedRole(vault).fields.password, FILE, { onChange }))).toEqual([
      '"password" of creds/readonly ends by itself, and in the cluster "prod" the driver reads nothing anew [csi/rotation-off]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   {"rotation":false}',
      '  allowed: a cluster whose driver rotates, or pods that run to completion',
      '  live:    silently ignored: the application holds a credential that is gone',
      '  fix:     set `enableSecretRotation` in the chart of the driver and state `rotation`, or use another delivery',
    ]);
  });

  test.each([
    ['the lease ends', 600, { ttl: 600, maxTtl: 86_400 }, 600],
    ['long after the lease ended', 1200, { ttl: 600, maxTtl: 86_400 }, 600],
    ['the login ends, and the lease with it', 3600, { ttl: 7200, maxTtl: 86_400 }, 3600],
  ])('is not delivered where the driver reads it anew only when %s', (_, interval, lease, ends) => {
    const { api, vault } = worldWithApi({}, rotating(interval));
    const { password } = new LeasedRole(vault, 'readonly', lease).fields;

    expect(refusal(() => api.consume(password, FILE, { onChange: OnChange.rereads() }))).toEqual([
      `"password" of creds/readonly ends after ${ends} seconds, and is read anew after ${interval} [csi/rotation-too-slow]`,
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      `  given:   {"pollInterval":${interval},"ends":${ends}}`,
      `  allowed: a \`pollInterval\` below ${ends} seconds, better below half of it; or a longer lease and login`,
      '  live:    silently ignored: between the two the application holds a credential that is gone',
      '  fix:     shorten `rotation.pollInterval` of the driver, or lengthen the lease, and `tokenTtl` of the workload',
    ]);
  });

  test('may last longer where the Agent of the provider renews it', () => {
    const features = { ...rotating(1200), vaultCsiProvider: { agent: true } };
    const { api, vault } = worldWithApi({}, features);
    const { password } = new LeasedRole(vault, 'readonly', { ttl: 600, maxTtl: 86_400 }).fields;

    expect(() => api.consume(password, FILE, { onChange: OnChange.rereads() })).not.toThrow();
  });

  test('is a variable only of an application that is restarted', () => {
    const { api, vault, password } = worldWithApi({ delivery: PLAIN }, rotating(120));
    const leased = new LeasedRole(vault).fields.password;

    expect(refusal(() => api.consume(password, toEnv('A'), { onChange: OnChange.rereads() }))).toEqual([
      'the environment variable A keeps its value while the container runs, whatever the application does [csi/env-does-not-change]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "rereads"',
      '  allowed: OnChange.restart(...), or toFile(path)',
      '  live:    silently ignored: the process keeps the environment that it was started with',
      '  fix:     read the secret from a file, or have the application restarted',
    ]);
    expect(refusal(() => api.consume(leased, toEnv('B')))[0]).toContain('[csi/unheard-change]');
    expect(() => api.consume(leased, toEnv('B'), { onChange: OnChange.restart(TOLD) })).not.toThrow();
  });
});

describe('a whole response', () => {
  test('is not delivered where files are read anew, since it differs each time', () => {
    const { api, kv } = worldWithApi({}, rotating(120));
    const whole = wholeResponse(kv.secret('shop/db', { keys: ['password'] }));

    expect(refusal(() => api.consume(whole, toFile('/mnt/secrets/db.json')))).toEqual([
      'the whole response of shop/db has another `request_id` each time that it is read, so the file /mnt/secrets/db.json would change at every rotation [csi/whole-response-rotates]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  allowed: single fields, or a cluster whose driver does not rotate',
      '  live:    silently ignored: the file is rewritten and the application told, though the secret is the same',
      '  fix:     consume the fields that the application needs',
    ]);
  });

  test('is not decoded', () => {
    const { api, kv } = worldWithApi();
    const whole = wholeResponse(kv.secret('shop/db', { keys: ['password'] }));

    expect(refusal(() => api.consume(whole, toFile('/mnt/secrets/db', { encoding: 'hex' })))).toEqual([
      'the whole response of shop/db is JSON, and would not be decoded on its way into the file /mnt/secrets/db [csi/encoding-of-a-response]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "hex"',
      '  allowed: an encoding for a single field, or none',
      '  live:    silently ignored: `encoding` has no effect without `secretKey`',
      '  fix:     drop `encoding`, or consume the field that is encoded',
    ]);
  });
});

describe('a process is told', () => {
  test.each(['', 'more-than-fifteen', '/usr/bin/api', 'my api'])('not by the name %j', process => {
    expect(refusal(() => OnChange.signal('SIGHUP', { ...TOLD, process }))).toEqual([
      'this is no name of a process, as Linux keeps it [on-change/process]',
      `  given:   "${process}"`,
      '  allowed: the text of /proc/<pid>/comm: at most 15 letters, digits, "_", "-", "+" and "."',
      '  live:    silently ignored: no process has this name, and none would be told',
      '  fix:     look it up in the running container: cat /proc/1/comm',
    ]);
  });

  test.each(['', 'busybox 1.37'])('not by the image %j', image => {
    expect(refusal(() => OnChange.restart({ ...TOLD, image }))).toEqual([
      'this is no name of an image [on-change/image]',
      `  given:   "${image}"`,
      '  allowed: an image with a POSIX shell, e.g. "docker.io/library/busybox:1.37"',
      '  live:    InvalidImageName',
      '  fix:     name the image that watches the files',
    ]);
  });

  test.each([
    [Duration.millis(100), 0.1],
    [Duration.seconds(0), 0],
  ])('not as often as that', (every, given) => {
    expect(refusal(() => OnChange.restart({ ...TOLD, every }))).toEqual([
      'files cannot be compared so often [on-change/every]',
      `  given:   ${given}`,
      '  allowed: whole seconds, from 1',
      '  live:    silently ignored: the container would do nothing but compare files',
      '  fix:     drop `every`, or lengthen it',
    ]);
  });

  const judged = (pod: Readonly<Record<string, unknown>>, options = {}) => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const api = Workload.of(deployment(shop, 'api', pod), { auth, ...options });
    api.consume(password, FILE, { onChange: OnChange.restart(TOLD) });
    return app.judge();
  };

  test('not where nothing says as whom it runs', () => {
    expect(refusal(() => judged({ securityContext: { runAsNonRoot: true } }))).toEqual([
      'nothing says as which user the application runs, and a process may signal only those of its own [on-change/unknown-user]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/csi-rotation.test.ts)',
      '  allowed: one `runAsUser`, of the pod or of the containers',
      '  live:    kill: Operation not permitted, in the log of the helper; the application keeps the old value',
      '  fix:     state `securityContext.runAsUser`, with the user that the image has anyway',
    ]);
  });

  test('not where containers run as several users', () => {
    const containers = [
      { name: 'a', image: 'i:1', securityContext: { runAsUser: 1000 } },
      { name: 'b', image: 'i:1' },
    ];
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const api = Workload.of(deployment(shop, 'api', { containers }), { auth });
    api.consume(password, FILE, { onChange: OnChange.restart(TOLD), containers: ['a', 'b'] });

    expect(refusal(() => app.judge())).toEqual([
      'the containers that read the secrets run as several users, and a process may signal only those of its own [on-change/unknown-user]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/csi-rotation.test.ts)',
      '  given:   [1000,null]',
      '  allowed: one `runAsUser`, of the pod or of the containers',
      '  live:    kill: Operation not permitted, in the log of the helper; the application keeps the old value',
      '  fix:     state `securityContext.runAsUser`, with the user that the image has anyway',
    ]);
  });

  test('not to end where it is not started again', () => {
    expect(refusal(() => judged({ restartPolicy: 'Never', securityContext: { runAsUser: 1000 } }))).toEqual([
      'the application is to be restarted on a new value, and the pod says that it is not started again [on-change/never-restarts]',
      '  at:      shop/api, pods of vault/kubernetes/shop:api (test/refusals/csi-rotation.test.ts)',
      '  given:   {"restartPolicy":"Never"}',
      '  allowed: "Always"',
      '  live:    silently ignored: the application would end with the first new value',
      '  fix:     drop `restartPolicy`, or let the application read the file again',
    ]);
  });
});

test('how the application learns of a new value is said of a workload once', () => {
  const { auth, pods } = worldWithApi();

  expect(refusal(() => Workload.of(pods, { auth, onChange: OnChange.rereads() }))[0]).toBe(
    'the pods are a workload already, and it was made with another `onChange` [workload/said-twice]',
  );
});
