import { ApiObject, Chart } from 'cdk8s';
import {
  Duration,
  KubernetesAuth,
  KubernetesCluster,
  Reviewer,
  SharedRole,
  type SharedRoleProps,
  toFile,
  Workload,
  type WorkloadOptions,
  type WorkloadProps,
} from 'vault-cdk';
import { refusal } from '../support/said';
import { deployment, OUTSIDE, VAULT_FOR_PODS, world, worldWithApi } from '../support/world';

const HERE = '(test/refusals/roles.test.ts)';

describe('the token of a login', () => {
  const workload = (options: WorkloadOptions) =>
    refusal(() => new Workload(world().auth, 'api', { namespace: 'shop', ...options }));
  const at = `  at:      vault/kubernetes/api ${HERE}`;
  const [hour, day] = [Duration.hours(1), Duration.days(1)];

  test.each([
    ['a lifetime', { tokenPeriod: hour, tokenTtl: hour }, '{"tokenPeriod":3600,"tokenTtl":3600}'],
    ['an end', { tokenPeriod: hour, tokenMaxTtl: day }, '{"tokenPeriod":3600,"tokenMaxTtl":86400}'],
  ])('has no period together with %s', (_, options, given) => {
    expect(workload(options)).toEqual([
      'a periodic token is renewed without end, and has no other lifetime [vault/token-period]',
      at,
      `  given:   ${given}`,
      '  allowed: `tokenPeriod` alone, or with `tokenExplicitMaxTtl` for an end',
      '  live:    silently ignored: the token lives for its period again and again, past `token_max_ttl`',
      '  fix:     drop `tokenTtl` and `tokenMaxTtl`, or `tokenPeriod`',
    ]);
  });

  test.each([
    ['nothing', { tokenPeriod: Duration.seconds(0) }, '{"tokenPeriod":0}'],
    [
      'more than it may live',
      { tokenPeriod: day, tokenExplicitMaxTtl: hour },
      '{"tokenPeriod":86400,"tokenExplicitMaxTtl":3600}',
    ],
  ])('has no period of %s', (_, options, given) => {
    expect(workload(options)).toEqual([
      'the period of a token is none, or longer than the token may ever live [vault/token-period]',
      at,
      `  given:   ${given}`,
      '  allowed: 0 < tokenPeriod <= tokenExplicitMaxTtl, in seconds',
      '  live:    period of "..." exceeded the effective max_ttl of "..."; period value is capped accordingly',
      '  fix:     shorten `tokenPeriod`, or drop it',
    ]);
  });

  test.each([
    [
      'periodic',
      { tokenType: 'batch', tokenPeriod: hour },
      '{"tokenType":"batch","tokenPeriod":3600}',
      'periodic tokens',
    ],
    [
      'counted',
      { tokenType: 'batch', tokenNumUses: 3 },
      '{"tokenType":"batch","tokenNumUses":3}',
      'tokens with limited use count',
    ],
  ] as const)('is not %s where it is a batch token', (_, options, given, live) => {
    expect(workload(options)).toEqual([
      'a batch token is not stored, so Vault can neither renew it nor count its uses [vault/token-batch]',
      at,
      `  given:   ${given}`,
      '  allowed: a service token, or neither of `tokenPeriod` and `tokenNumUses`',
      `  live:    'token_type' cannot be 'batch' or 'default_batch' when set to generate ${live}`,
      '  fix:     drop the batch type, or the other setting',
    ]);
  });

  test('is not renewed where it is a batch token', () => {
    expect(workload({ tokenType: 'batch', tokenTtl: hour, tokenMaxTtl: day })).toEqual([
      'a batch token cannot be renewed, so it lasts as long as `tokenTtl` says and no longer [vault/token-batch]',
      at,
      '  given:   {"tokenTtl":3600,"tokenMaxTtl":86400}',
      '  allowed: `tokenTtl` alone',
      '  live:    400 batch tokens cannot be renewed',
      '  fix:     drop `tokenMaxTtl`, or the batch type',
    ]);
  });

  test.each([0, -1, 1.5, Number.NaN])('is not good for %d requests', tokenNumUses => {
    expect(workload({ tokenNumUses })).toEqual([
      'the number of uses of a token is not a number of uses [vault/token-uses]',
      at,
      `  given:   ${JSON.stringify(tokenNumUses)}`,
      '  allowed: a whole number from 1',
      "  live:    'token_num_uses' cannot be negative; 0 is silently taken for any number",
      '  fix:     drop `tokenNumUses`, or give a whole number',
    ]);
  });

  test.each(['10.0.0.0/33', '10.0.0/8', '10.0.0.0/8/8', 'vault.vault.svc', '', '::1/129', '10.0.0.0/'])(
    'is not bound to the address %j',
    cidr => {
      expect(workload({ tokenBoundCidrs: ['10.0.0.0/8', '::1/128', '10.1.2.3', cidr] })).toEqual([
        'a token is bound to something that is no address [vault/token-cidrs]',
        at,
        `  given:   ${JSON.stringify(cidr)}`,
        '  allowed: addresses or blocks of addresses, e.g. "10.0.0.0/8"',
        `  live:    Unable to convert ${JSON.stringify(cidr)} to an IPv4 or IPv6 address, or a UNIX Socket`,
        '  fix:     write each as address/bits, or drop `tokenBoundCidrs`',
      ]);
    },
  );

  test('is not bound to an empty list of addresses', () => {
    expect(workload({ tokenBoundCidrs: [] })).toEqual([
      'a token is bound to no address [vault/token-cidrs]',
      at,
      '  given:   []',
      '  allowed: addresses or blocks of addresses, e.g. "10.0.0.0/8"',
      '  live:    silently ignored: an empty list binds to nothing, and any address may log in',
      '  fix:     write each as address/bits, or drop `tokenBoundCidrs`',
    ]);
  });

  test('is not longer lived than its explicit end', () => {
    expect(workload({ tokenTtl: day, tokenExplicitMaxTtl: hour })).toEqual([
      'a login would last longer before its renewal than with all renewals, or not at all [workload/token-ttl]',
      at,
      '  given:   {"tokenTtl":86400,"tokenMaxTtl":3600,"tokenExplicitMaxTtl":3600}',
      '  allowed: 0 < tokenTtl <= tokenMaxTtl, in seconds',
      "  live:    'token_ttl' cannot be greater than 'token_max_ttl'",
      '  fix:     shorten `tokenTtl`, or lengthen `tokenMaxTtl`',
    ]);
  });

  test('names its identity by nothing but uid and name', () => {
    const aliasNameSource = 'uid' as unknown as 'serviceaccount_uid';

    expect(workload({ aliasNameSource })).toEqual([
      'an identity is named by the uid or by the name of its service account [role/alias-name-source]',
      at,
      '  given:   "uid"',
      '  allowed: "serviceaccount_uid" or "serviceaccount_name"',
      '  live:    invalid alias_name_source, must be one of: serviceaccount_uid, serviceaccount_name',
      '  fix:     drop `aliasNameSource`, or write one of the two',
    ]);
  });

  test('delivers nothing where its uses are counted', () => {
    const { auth, kv } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const api = new Workload(auth, 'api', { namespace: 'shop', tokenNumUses: 5 });

    expect(refusal(() => api.consume(password, toFile('/mnt/secrets/password')))).toEqual([
      'the token is good for a number of requests, and whatever delivers secrets keeps it for more than those [workload/token-does-not-last]',
      at,
      '  given:   {"tokenNumUses":5}',
      '  allowed: a token for any number of requests',
      '  live:    403 permission denied, once the uses are spent',
      '  fix:     drop `tokenNumUses`',
    ]);
  });

  test('makes no lease where it is a batch token', () => {
    const { auth, kv } = world();
    const secret = kv.secret('shop/db', { keys: ['password'] });
    Object.defineProperty(secret, 'lease', { value: { ttl: 60, maxTtl: 60 } });
    const api = new Workload(auth, 'api', { namespace: 'shop', tokenType: 'batch' });

    expect(refusal(() => api.consume(secret.fields.password, toFile('/mnt/secrets/password')))).toEqual([
      'the lease of "shop/db" ends with the batch token that made it, and neither can be renewed [workload/token-does-not-last]',
      at,
      '  given:   {"tokenType":"batch"}',
      '  allowed: a service token',
      '  live:    400 batch tokens cannot be renewed',
      '  fix:     drop `tokenType`',
    ]);
  });

  test.each([
    [599, 'may not specify a duration less than 10 minutes'],
    [2 ** 32 + 1, 'may not specify a duration larger than 2^32 seconds'],
  ])('does not lie in a file for %d seconds', (seconds, live) => {
    const api = new Workload(world().auth, 'api', { namespace: 'shop' });

    expect(refusal(() => api.keepTokenIn('/var/run/vault/token', { expires: Duration.seconds(seconds) }))).toEqual([
      'the token of a service account lasts for no such time [workload/token-expires]',
      at,
      `  given:   ${seconds}`,
      '  allowed: from 10 minutes to 2^32 seconds',
      `  live:    ${live}`,
      '  fix:     drop `expires` for one hour; the kubelet writes a new token in time',
    ]);
  });

  test('lies in one file', () => {
    const api = new Workload(world().auth, 'api', { namespace: 'shop' });
    api.keepTokenIn('/var/run/vault/token');
    api.keepTokenIn('/var/run/vault/token');

    expect(refusal(() => api.keepTokenIn('/other/token'))).toEqual([
      'the pods are a workload already, and it was made with another `keepTokenIn` [workload/said-twice]',
      at,
      '  given:   "/other/token 3600"',
      '  allowed: "/var/run/vault/token 3600", or nothing',
      '  live:    silently ignored: what was said first would hold',
      '  fix:     say `keepTokenIn` where the workload is made first',
    ]);
  });
});

describe('a shared role', () => {
  const role = (props: Partial<SharedRoleProps>) =>
    refusal(() => new SharedRole(world().auth, 'shared', { serviceAccounts: ['a'], namespaces: ['n'], ...props }));
  const at = `  at:      vault/kubernetes/shared ${HERE}`;

  test('does not admit every account in every namespace', () => {
    const everyone = { serviceAccounts: ['*'], namespaces: ['*'] };
    const said = (place: string) => [
      'the role admits every service account in every namespace [role/admits-everyone]',
      place,
      '  given:   {"serviceAccounts":["*"],"namespaces":["*"]}',
      '  allowed: names of service accounts, or names of namespaces, or both',
      '  live:    silently ignored: Vault takes "*" for both, and any pod of the cluster can log in',
      '  fix:     list the namespaces',
    ];

    expect(role(everyone)).toEqual(said(at));
    expect(refusal(() => SharedRole.fromName(world().auth, 'all', everyone))).toEqual(
      said(`  at:      vault/kubernetes/role:all ${HERE}`),
    );
  });

  test.each([
    ['no account', { serviceAccounts: [] }, '"bound_service_account_names" can not be empty'],
    [
      'no namespace',
      { namespaces: [] },
      '"bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" is not set',
    ],
  ])('binds not %s', (_, props, live) => {
    expect(role(props)).toEqual([
      'the role admits no one [role/bindings]',
      at,
      '  given:   []',
      '  allowed: at least one name',
      `  live:    400 ${live}`,
      '  fix:     list the names that are meant',
    ]);
  });

  test('does not list "*" beside names', () => {
    expect(role({ serviceAccounts: ['*', 'a'] })).toEqual([
      'the role lists "*" beside names [role/bindings]',
      at,
      '  given:   ["*","a"]',
      '  allowed: "*" alone, or names',
      '  live:    400 can not mix "*" with values',
      '  fix:     list the names that are meant',
    ]);
  });

  test('does not admit the account that every pod has which states none', () => {
    expect(role({ serviceAccounts: ['a', 'default'] })[0]).toBe(
      'the service account "default" is shared by every pod of the namespace that states none [workload/default-service-account]',
    );
  });

  test.each([
    [{ serviceAccounts: ['A*'] }, 'the name of a service account is not a valid name [kubernetes/name]'],
    [{ namespaces: ['shop.eu'] }, 'a namespace is not a valid name [kubernetes/name]'],
  ])('names nobody who cannot be: %j', (props, problem) => {
    expect(role(props)[0]).toBe(problem);
  });

  test('has no wildcard where each account reviews itself', () => {
    const { app, vault } = world();
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const auth = new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });

    expect(refusal(() => new SharedRole(auth, 'shared', { serviceAccounts: ['a-*'], namespaces: ['n'] }))).toEqual([
      "with the workload's own token as reviewer, each account needs a right, and a wildcard names none [role/wildcard-reviews-itself]",
      `  at:      vault/stage/shared ${HERE}`,
      '  given:   "a-*"',
      '  allowed: names without "*"',
      '  live:    403 permission denied',
      '  fix:     list the accounts and namespaces, or let another account review: Reviewer.local()',
    ]);
  });

  test('is granted nothing where it exists already, neither directly nor through a workload', () => {
    const { auth, kv } = world();
    const there = SharedRole.fromName(auth, 'monitoring', { serviceAccounts: ['api'], namespaces: ['shop'] });
    const api = new Workload(auth, 'api', { namespace: 'shop', role: there });
    const secret = kv.secret('shop/db', { keys: ['password'] });
    const said = [
      'something is granted to a role that exists already, whose policies this app does not print [role/not-ours]',
      `  at:      vault/kubernetes/role:monitoring ${HERE}`,
      '  given:   "secret/data/shop/db"',
      '  allowed: what the role grants already; it is not known here',
      '  live:    silently ignored: nothing would be printed, and the request is 403 permission denied',
      '  fix:     grant it to a SharedRole of this app, or to a workload with a role of its own',
    ];

    expect(refusal(() => kv.grants.read(there, secret))).toEqual(said);
    expect(refusal(() => kv.grants.write(api, secret))).toEqual(said);
  });
});

describe('a workload with a shared role', () => {
  function shared() {
    const made = world();
    const monitoring = { serviceAccounts: ['prometheus', 'grafana'], namespaces: ['monitoring'] };
    const role = new SharedRole(made.auth, 'monitoring', { ...monitoring, tokenMaxTtl: Duration.hours(8) });
    const workload = (id: string, props: Partial<WorkloadProps> = {}) =>
      new Workload(made.auth, id, { namespace: 'monitoring', role, ...props });
    return { ...made, role, workload };
  }

  test.each([
    ['alertmanager', 'monitoring', 'service account name'],
    ['grafana', 'shop', 'namespace'],
  ])('is not %s in %s, whom it does not admit', (id, namespace, what) => {
    expect(refusal(() => shared().workload(id, { namespace }))).toEqual([
      `the role "monitoring" does not admit the service account "${namespace}/${id}" [workload/not-admitted]`,
      `  at:      vault/kubernetes/${id} ${HERE}`,
      `  given:   {"namespace":"${namespace}","serviceAccount":"${id}"}`,
      '  allowed: service accounts ["prometheus","grafana"] in namespaces ["monitoring"]',
      `  live:    403 ${what} not authorized`,
      '  fix:     add it to the role, or drop `role` for one of its own',
    ]);
  });

  test('logs in to the mount of that role', () => {
    const { app, vault, role } = shared();
    const cluster = new KubernetesCluster(app, 'stage', OUTSIDE);
    const stage = new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.client() });

    expect(refusal(() => new Workload(stage, 'grafana', { namespace: 'monitoring', role }))).toEqual([
      'the role "monitoring" lies on another auth mount than the one that the workload logs in to [workload/not-admitted]',
      `  at:      vault/stage/grafana ${HERE}`,
      '  given:   "kubernetes"',
      '  allowed: "stage"',
      '  live:    400 invalid role name "monitoring"',
      '  fix:     use a role of that mount',
    ]);
  });

  test('does not say how a role of its own would be', () => {
    const options = { name: 'grafana', tokenTtl: Duration.hours(1) };

    expect(refusal(() => shared().workload('grafana', options))).toEqual([
      'the workload logs in with a shared role, and says how a role of its own would be [workload/shared-role-options]',
      `  at:      vault/kubernetes/grafana ${HERE}`,
      '  given:   {"name":"grafana","tokenTtl":3600}',
      '  allowed: `role` without them',
      '  live:    silently ignored: the shared role is as it was declared',
      '  fix:     say it where the shared role is made, or drop `role`',
    ]);
  });

  test('has no policy and no role of its own', () => {
    const grafana = shared().workload('grafana');
    const said = [
      'the workload has no role and no policy of its own [workload/role-is-shared]',
      `  at:      vault/kubernetes/grafana ${HERE}`,
      '  allowed: what the shared role "monitoring" offers',
      '  fix:     use the role that was passed as `role`',
    ];

    expect(refusal(() => grafana.policy)).toEqual(said);
    expect(refusal(() => grafana.role)).toEqual(said);
  });

  test('does not become one with another role', () => {
    const { auth, shop } = worldWithApi();
    const role = new SharedRole(auth, 'shop-api-2', { serviceAccounts: ['api', 'web'], namespaces: ['shop'] });

    expect(
      refusal(() => Workload.of(deployment(shop, 'second', { serviceAccountName: 'api' }), { auth, role })),
    ).toEqual([
      'the pods are a workload already, and it was made with another `role` [workload/said-twice]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   "shop-api-2"',
      '  allowed: "shop-api", or nothing',
      '  live:    silently ignored: what was said first would hold',
      '  fix:     say `role` where the workload is made first',
    ]);
  });
});

describe('a service account', () => {
  test.each([
    [true, 'bool', '"true"'],
    [1, 'number', '"1"'],
  ])('has no label value %j, which is no text', (value, type, allowed) => {
    const labels = { 'vault-integration': value } as unknown as Record<string, string>;

    expect(refusal(() => new Workload(world().auth, 'api', { namespace: 'shop', serviceAccount: { labels } }))).toEqual(
      [
        'the value of "vault-integration" in the labels of the service account is no text [kubernetes/label-value]',
        `  at:      vault/kubernetes/api ${HERE}`,
        `  given:   ${JSON.stringify(value)}`,
        `  allowed: ${allowed}`,
        `  live:    json: cannot unmarshal ${type} into Go struct field ObjectMeta.metadata.labels of type string`,
        '  fix:     write it as a text, in quotes',
      ],
    );
  });

  test.each(['a b', '-a', 'x'.repeat(64)])('has no label value %j', value => {
    const labels = { team: value };

    expect(refusal(() => new Workload(world().auth, 'api', { namespace: 'shop', serviceAccount: { labels } }))).toEqual(
      [
        'the value of "team" in the labels of the service account is no label value [kubernetes/label-value]',
        `  at:      vault/kubernetes/api ${HERE}`,
        `  given:   ${JSON.stringify(value)}`,
        '  allowed: at most 63 letters, digits, "-", "_" and ".", the first and last a letter or digit',
        "  live:    a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'",
        '  fix:     shorten it, or make it an annotation',
      ],
    );
  });

  test('of others is not described here', () => {
    const { auth, shop } = world();
    const pods = deployment(shop, 'api', { serviceAccountName: 'theirs' });

    expect(
      refusal(() => Workload.of(pods, { auth, serviceAccount: { name: 'theirs', labels: { app: 'api' } } })),
    ).toEqual([
      'the service account "shop/theirs" is made by something else, and something is said of it here [workload/account-of-others]',
      `  at:      vault/kubernetes/shop:theirs ${HERE}`,
      '  given:   {"labels":{"app":"api"}}',
      '  allowed: its name',
      '  live:    silently ignored: nothing here prints the account',
      '  fix:     say it where the account is made, or pass `createServiceAccount: true`',
    ]);
  });

  test('is not described twice, and otherwise', () => {
    const { auth, shop } = worldWithApi();
    const again = (team: string) => () =>
      Workload.of(deployment(shop, team, {}), { auth, serviceAccount: { name: 'api', labels: { team } } });
    again('one')();

    expect(refusal(again('two'))).toEqual([
      'two workloads print the service account "shop/api", with other `labels` [kubernetes/service-account-said-twice]',
      '  at:      vault/kubernetes/shop:api (test/support/world.ts)',
      '  given:   {"team":"two"}',
      '  allowed: {"team":"one"}, or nothing; the first is vault/kubernetes/shop:api (test/support/world.ts)',
      '  live:    silently ignored: the last one applied wins',
      '  fix:     say `labels` once',
    ]);
  });
});

describe('pods that are described elsewhere', () => {
  test('are of no kind whose lists Kustomize does not know', () => {
    const pods = { kind: 'Rollout' } as unknown as NonNullable<WorkloadProps['pods']>;
    const api = new Workload(world().auth, 'api', { namespace: 'shop', pods });

    expect(refusal(() => api.kustomizePatch())).toEqual([
      'Kustomize does not know the lists of a Rollout, and would replace its containers by the patch [workload/not-patchable]',
      `  at:      vault/kubernetes/api ${HERE}`,
      '  given:   "Rollout"',
      '  allowed: CronJob, DaemonSet, Deployment, Job, Pod, ReplicaSet, StatefulSet',
      '  live:    silently ignored: the containers lose their image, and "spec.template.spec.containers[0].image" is required',
      '  fix:     make the pods a part of this app and use Workload.of(), or take the Helm values',
    ]);
  });

  test('are not those of a Rollout that takes them from a Deployment', () => {
    const { app, auth, kv, prod } = world();
    const chart = new Chart(app, 'rollouts', { namespace: 'shop' });
    prod.includes(chart);
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' };
    const rollout = new ApiObject(chart, 'api', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      spec: { workloadRef },
    });
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    Workload.of(rollout, { auth }).consume(password, toFile('/mnt/secrets/password'));

    expect(refusal(() => app.judge())).toEqual([
      'the Rollout takes its pods from the Deployment "api" [workload/pods-of-another]',
      `  at:      rollouts/api, pods of vault/kubernetes/shop:api ${HERE}`,
      '  given:   {"apiVersion":"apps/v1","kind":"Deployment","name":"api"}',
      '  allowed: the object that holds the pod template',
      '  live:    silently ignored: the pods of that object would know nothing of the secrets',
      '  fix:     pass the Deployment "api" to Workload.of()',
    ]);
  });
});
