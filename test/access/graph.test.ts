import { accessGraph, CsiDelivery, graphMermaid, toEnv, toFile, type VaultApp, Workload } from 'vault-cdk';
import { inFolder, run } from '../support/folder';
import { PLAINTEXT_IN_ETCD, csiVolume, deployment, secretProviderClass, world, worldWithApi } from '../support/world';

const TEXT = '"((?:[A-Za-z0-9 _./:,=()-]|#[0-9]+;)+)"';
const ID = '(?!end\\b)[A-Za-z][A-Za-z0-9_]*';
const SHAPES = [
  ['\\[', '\\]'],
  ['\\(\\[', '\\]\\)'],
  ['\\[\\[', '\\]\\]'],
  ['\\[/', '/\\]'],
  ['\\[\\(', '\\)\\]'],
  ['\\{\\{', '\\}\\}'],
  ['>', '\\]'],
].map(([open, close]) => new RegExp(`^ {4}(${ID})${open}${TEXT}${close}$`));
const SUBGRAPH = new RegExp(`^ {2}subgraph (${ID})\\[${TEXT}\\]$`);
const EDGE = new RegExp(`^ {2}(${ID}) (-->|-\\.->|--x)\\|${TEXT}\\| (${ID})$`);

/** The part of Mermaid that is printed, line by line: anything else throws, and so does an arrow to nowhere. */
function parsed(text: string) {
  const nodes = new Map<string, { readonly text: string; readonly place: string }>();
  const edges: string[] = [];
  const places: string[] = [];
  let open: string | undefined;
  const [first, ...lines] = text.trimEnd().split('\n');
  expect(first).toBe('flowchart LR');
  for (const line of lines) {
    const subgraph = SUBGRAPH.exec(line);
    const node = SHAPES.map(s => s.exec(line)).find(m => m !== null);
    const edge = EDGE.exec(line);
    if (subgraph && open === undefined) {
      open = subgraph[2]!;
      places.push(open);
    } else if (line === '  end' && open !== undefined) open = undefined;
    else if (node && open !== undefined && !nodes.has(node[1]!)) nodes.set(node[1]!, { text: node[2]!, place: open });
    else if (edge && open === undefined && nodes.has(edge[1]!) && nodes.has(edge[4]!))
      edges.push(`${nodes.get(edge[1]!)!.text} ${edge[2]!} ${edge[3]!} ${edge[2]!} ${nodes.get(edge[4]!)!.text}`);
    else throw new Error(`no Mermaid: ${line}`);
  }
  expect(open).toBeUndefined();
  expect(new Set(places).size).toBe(places.length);
  return { places, edges, nodes: [...nodes.values()] };
}

const drawn = (app: VaultApp, workload?: string) => parsed(graphMermaid(accessGraph(app.judge().chain, workload)));

test.each([
  'flowchart LR\n  a -->|"x"| b',
  'flowchart LR\n  subgraph p["x"]\n    a["say "this""]\n  end',
  'flowchart LR\n  subgraph p["x"]\n    a["x")\n  end',
  'flowchart LR\n  subgraph p["x"]\n    end["x"]\n  end',
  'flowchart LR\n  subgraph p["x"]\n    a["x"]',
  'flowchart LR\n  subgraph p["x"]\n    a["x"]\n    a["y"]\n  end',
  'graph',
])('what is no Mermaid does not pass here: %j', text => {
  expect(() => parsed(text)).toThrow();
});

describe('the way of a secret, drawn', () => {
  const delivery = new CsiDelivery({
    plaintextInEtcd: PLAINTEXT_IN_ETCD,
  });

  /** Two workloads: one with a file and a variable, and one with a file. */
  function shop() {
    const made = worldWithApi({ delivery });
    const { auth, kv, shop: chart, api, password } = made;
    api.consume(password, toEnv('DB_PASSWORD'));
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;
    Workload.of(deployment(chart, 'web'), { auth }).consume(key, toFile('/mnt/secrets/session'));
    return made;
  }

  test('of one workload: from its pods over account, role, policy and path to file and Secret, and back to its pods [CSI-37]', () => {
    const { places, edges, nodes } = drawn(shop().app, 'shop/api');

    expect(places).toEqual(['Vault vault', 'namespace shop of prod']);
    expect(nodes.map(n => `${n.place}: ${n.text}`)).toEqual([
      'Vault vault: secret/data/shop/db',
      'Vault vault: policy kubernetes-shop-api',
      'Vault vault: role shop-api on auth/kubernetes',
      'namespace shop of prod: file /mnt/secrets/password',
      'namespace shop of prod: Secret api-vault-env',
      'namespace shop of prod: Deployment api',
      'namespace shop of prod: SecretProviderClass api-vault',
      'namespace shop of prod: service account api',
    ]);
    expect([...edges].sort()).toEqual(
      [
        'Deployment api --> runs as --> service account api',
        'service account api --> logs in, for vault --> role shop-api on auth/kubernetes',
        'role shop-api on auth/kubernetes --> carries --> policy kubernetes-shop-api',
        'policy kubernetes-shop-api --> read --> secret/data/shop/db',
        'secret/data/shop/db --> fetched for --> SecretProviderClass api-vault',
        'SecretProviderClass api-vault --> writes password to --> file /mnt/secrets/password',
        'file /mnt/secrets/password --> read by --> Deployment api',
        'file /mnt/secrets/password --> copied into etcd as DB_PASSWORD --> Secret api-vault-env',
        'Secret api-vault-env --> variables of --> Deployment api',
      ].sort(),
    );
  });

  test('of all workloads, each thing once, and the same each time', () => {
    const { app } = shop();
    const { edges, places } = drawn(app);

    expect(edges.filter(e => e.includes('logs in'))).toHaveLength(2);
    expect(places).toEqual(['Vault vault', 'namespace shop of prod']);
    expect(graphMermaid(accessGraph(app.judge().chain))).toBe(graphMermaid(accessGraph(shop().app.judge().chain)));
  });

  test('shows what is refused, and what is not known', () => {
    const { app, api, shop: chart } = worldWithApi();
    api.policy.policy = 'path "secret/data/shop/db" { capabilities = ["deny"] }';
    expect(drawn(app).edges).toEqual(
      expect.arrayContaining([
        'policy kubernetes-shop-api --x deny --x secret/data/shop/db',
        'secret/data/shop/db --x refused to --x SecretProviderClass api-vault',
      ]),
    );

    for (const [name, parameters] of Object.entries({
      missing: { roleName: 'nobody' },
      elsewhere: { vaultAuthMountPath: 'other' },
    })) {
      secretProviderClass(chart, name, parameters);
      deployment(chart, `${name}-pods`, {
        serviceAccountName: name,
        containers: [{ name: 'main', image: 'i:1', volumeMounts: [{ name, mountPath: '/s' }] }],
        volumes: [csiVolume(name)],
      });
    }
    expect(drawn(app).edges).toEqual(
      expect.arrayContaining([
        'service account missing --x logs in: there is no such role --x role nobody on auth/kubernetes',
        'service account elsewhere -.-> logs in -.-> role shop-api on auth/other',
        'secret/data/shop/db -.-> fetched for -.-> SecretProviderClass elsewhere',
      ]),
    );
  });

  test('of pods that are described elsewhere ends at their volume', () => {
    const { app, auth, kv } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    new Workload(auth, 'api', { namespace: 'shop' }).consume(password, toFile('/mnt/secrets/password'));

    expect(drawn(app, 'shop/api').edges).toEqual(
      expect.arrayContaining([
        'service account api --> logs in, for vault --> role shop-api on auth/kubernetes',
        'SecretProviderClass api-vault --> writes password to --> file (volume)/password',
      ]),
    );
  });

  test('stays a drawing whatever things are called', () => {
    const { app, shop: chart } = worldWithApi();
    const path = 'secret/data/"]; end %% <b>`#quot;` {{x}} | ü';
    secretProviderClass(chart, 'odd', {
      objects: `- objectName: a"b\n  secretPath: ${JSON.stringify(path)}\n  secretKey: ${JSON.stringify('a"|b')}\n`,
    });
    const { nodes } = drawn(app);

    expect(nodes.map(n => n.text.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))))).toEqual(
      expect.arrayContaining([path, 'file (volume)/a"b']),
    );
  });
});

describe('vault-cdk graph', () => {
  const files = () => ({
    ...Object.fromEntries(
      [...worldWithApi().app.judge().printOut.kubernetes].map(([path, text]) => [`dist/${path}`, text]),
    ),
    ...Object.fromEntries(
      [...worldWithApi().app.judge().printOut.terraform].map(([path, text]) => [`cdktf.out/${path}`, text]),
    ),
  });

  test('draws what is printed, as Mermaid or as data', () => {
    const { code, out } = inFolder(files(), () => run('graph'));
    expect([code, parsed(out).edges]).toEqual([0, drawn(worldWithApi().app).edges]);

    const json = inFolder(files(), () => run('graph', '--workload', 'shop/api', '--format', 'json')).out;
    expect((JSON.parse(json) as { readonly edges: readonly object[] }).edges).toContainEqual({
      from: 'policy_Vault_vault_kubernetes_shop_api',
      to: 'path_Vault_vault_secret_data_shop_db',
      label: 'read',
      outcome: 'allowed',
    });
  });

  test('refuses a workload that there is not', () => {
    expect(inFolder(files(), () => run('graph', '--workload', 'shop/web'))).toEqual({
      code: 2,
      out: '',
      err: [
        'there is no such workload [cli/unknown-workload]',
        '  given:   "shop/web"',
        '  allowed: shop/api',
        '  fix:     name it as namespace/service account',
      ],
    });
  });
});
